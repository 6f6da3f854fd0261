const { readFileSync } = require("node:fs");
const os = require("node:os");

/** A tick of /proc, in seconds. */
const tick = 0.01;

/**
 * The processor time of this process and of all that it started and that have ended: far less touched by whatever else the
 * machine does than the clock is. `NaN` where there is no /proc.
 */
function cpuSeconds() {
  if (os.platform() !== "linux") return Number.NaN;
  // The second field is a name in parentheses that may hold anything.
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [user, system, childrensUser, childrensSystem] = fields.slice(11, 15).map(Number);
  return (user + system + childrensUser + childrensSystem) * tick;
}

module.exports = { cpuSeconds };
