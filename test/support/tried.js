// Compares the numbers of tests in docs/reliability.md with what Jest has run: `node test/support/tried.js RESULTS.json [--write]`.
const { readFileSync, writeFileSync } = require("node:fs");
const { join, relative } = require("node:path");

const root = join(__dirname, "..", "..");
const page = join(root, "docs", "reliability.md");

/** Returns how many tests passed in the files with these prefixes. */
function passed(results, prefixes) {
  const files = results.testResults.filter(({ name }) =>
    prefixes.some((prefix) => relative(root, name).startsWith(prefix)),
  );
  return files.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === "passed").length;
}

/** Returns the page with the right numbers. */
function corrected(text, results) {
  return text
    .split("\n")
    .map((line) => {
      const [, prefixes] = /`npm test -- ([^`]+)`/.exec(line) ?? [];
      if (prefixes === undefined) return line;
      const count = passed(results, prefixes.split(" "));
      return line.replace(/\| (?:\d+|TBD) tests +/, (cell) => `| ${count} tests `.padEnd(cell.length));
    })
    .join("\n");
}

function main([file, option]) {
  const [text, results] = [readFileSync(page, "utf8"), JSON.parse(readFileSync(file, "utf8"))];
  const right = corrected(text, results);
  if (right === text) return;
  if (option === "--write") {
    writeFileSync(page, right);
    return;
  }
  const lines = right.split("\n").filter((line, index) => line !== text.split("\n")[index]);
  console.error(`The numbers of tests in docs/reliability.md are wrong. The right lines are:\n${lines.join("\n")}`);
  process.exitCode = 1;
}

if (require.main === module) main(process.argv.slice(2));
module.exports = { corrected };
