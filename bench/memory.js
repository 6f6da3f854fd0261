/* global clearInterval */
const { readdirSync, readFileSync } = require("node:fs");

/**
 * Watches the dynamic-provider processes that this process started. The function that it returns stops watching, and returns the
 * most memory (MB) that one of them used, or `NaN` if there is no /proc.
 */
function watchProvider() {
  let most = 0;
  const look = () => {
    for (const pid of below(process.pid)) {
      const [command, status] = [read(pid, "cmdline"), read(pid, "status")];
      if (!command.includes("cmd/dynamic-provider")) continue;
      // The kernel keeps the peak, so it is enough to look from time to time.
      most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
    }
  };
  const timer = setInterval(look, 200);
  return () => {
    clearInterval(timer);
    return most === 0 ? Number.NaN : most;
  };
}

function below(root) {
  const parents = new Map();
  for (const pid of processes()) parents.set(pid, Number(/PPid:\s+(\d+)/.exec(read(pid, "status"))?.[1] ?? 0));
  const isBelow = (pid) => pid !== undefined && pid !== 0 && (pid === root || isBelow(parents.get(pid)));
  return [...parents.keys()].filter((pid) => pid !== root && isBelow(pid));
}

function processes() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc on this system
  }
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // the process has ended in the meantime
  }
}

module.exports = { watchProvider };
