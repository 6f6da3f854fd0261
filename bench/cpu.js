const { readFileSync } = require("node:fs");
const os = require("node:os");

/** The length of a tick in /proc, in seconds. */
const tick = 0.01;

/**
 * Returns the processor time of this process and of the processes that it started and that have ended. Other work on the machine
 * affects it far less than the clock. Returns `NaN` if there is no /proc.
 */
function cpuSeconds() {
  return cpuSecondsOf("self");
}

/** The same of another process. @param {number | "self"} pid */
function cpuSecondsOf(pid) {
  if (os.platform() !== "linux") return Number.NaN;
  // The second field is a name in parentheses, which can contain anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [user, system, childrensUser, childrensSystem] = fields.slice(11, 15).map(Number);
  return (user + system + childrensUser + childrensSystem) * tick;
}

module.exports = { cpuSeconds, cpuSecondsOf };
