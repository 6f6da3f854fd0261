/* global clearInterval */
const { readdirSync, readFileSync } = require("node:fs");

/**
 * Watches the dynamic-provider processes below this one. The function returned ends that, and gives the most memory (MB) that
 * one of them held; `NaN` where there is no /proc.
 */
function watchProvider() {
  let most = 0;
  const look = () => {
    for (const pid of below(process.pid)) {
      const [command, status] = [read(pid, "cmdline"), read(pid, "status")];
      if (!command.includes("cmd/dynamic-provider")) continue;
      // The kernel keeps the peak, so that looking now and then is enough.
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
    return ""; // it has ended meanwhile
  }
}

module.exports = { watchProvider };
