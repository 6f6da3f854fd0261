// The order of the test files. Jest starts with those that took longest in its last run. On a fresh clone it knows none, and orders them
// by their size, so that the one that takes longest, and is small, would be left over at the end with one worker.
const { default: Sequencer } = require("@jest/test-sequencer");
const { sep } = require("node:path");

/** Those that mostly start processes, and wait for them: the longest first. */
const longest = ["e2e/random-processes", "e2e/actions", "package/", "e2e/", "local/engine/"];

const rank = ({ path }) => {
  const file = path.split(sep).join("/");
  const found = longest.findIndex((name) => file.includes(`/test/${name}`));
  return found < 0 ? longest.length : found;
};

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
