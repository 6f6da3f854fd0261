// The engine in a process of its own, so that it can be killed: carries out the commands that it is sent, one after the other.
// It prints as the CLI does. Where it is to wait before a save of the state, it says so and goes on when it is told to.
const { once } = require("node:events");
const { openStack, StateFile } = require("../../../dist/repository/internals");

const { write } = StateFile.prototype;
let savesLeft;

StateFile.prototype.write = async function (text) {
  if (savesLeft !== undefined && savesLeft-- === 0) {
    const goOn = once(process, "message");
    process.send("before save");
    await goOn;
  }
  return write.call(this, text);
};

process.on("message", async (job) => {
  if (job === "go on") return;
  const { options, config, act, how, waitsAtSave } = job;
  savesLeft = waitsAtSave;
  const stack = await openStack(options);
  stack.setAllConfig(config);
  const { exitCode, stdout, stderr, changes } = await stack[act]({
    ...how,
    onOutput: (text) => process.stdout.write(text),
  });
  process.send({ isDone: exitCode === 0, text: stdout + stderr, changes });
});
