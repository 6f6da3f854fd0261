// Stands for GitHub and its CLI: the few commands that workflows use, with what there is kept in the file GITHUB_STAND_IN.
// Whatever it does not know it refuses.
const { readFileSync, writeFileSync } = require("node:fs");
const { parseArgs } = require("node:util");

const text = { type: "string" };
const flag = { type: "boolean" };

/** Each command: the options that it must be given, those that it may be, and what it does. */
const commands = {
  "pr comment": {
    must: { "body-file": text, "edit-last": flag, "create-if-none": flag, repo: text },
    act: ({ comments }, { "body-file": file }, [pull]) => {
      const last = comments.findLast((comment) => comment.pull === pull);
      if (last === undefined) comments.push({ pull, body: readFileSync(file, "utf8") });
      else last.body = readFileSync(file, "utf8");
    },
  },
  "pr create": {
    must: { base: text, head: text, title: text, body: text },
    act: ({ pulls }, options) => pulls.push(options),
  },
  "issue list": {
    must: { label: text, state: text, json: text, jq: text },
    act: ({ issues }, { label, state, json, jq }) => {
      if (json !== "number" || jq !== ".[0].number // empty") throw new Error(`it does not know ${json} and ${jq}`);
      const issue = issues.find((one) => one.label === label && one.state === state);
      if (issue !== undefined) console.log(issue.number);
    },
  },
  "issue create": {
    must: { title: text, label: text, "body-file": text },
    act: ({ issues, labels }, { title, label, "body-file": file }) => {
      if (!labels.includes(label)) throw new Error(`could not add label: '${label}' not found`);
      issues.push({ number: issues.length + 1, title, label, state: "open", body: readFileSync(file, "utf8") });
    },
  },
  "issue edit": {
    must: { "body-file": text },
    act: ({ issues }, { "body-file": file }, [number]) =>
      Object.assign(find(issues, number), { body: readFileSync(file, "utf8") }),
  },
  "issue close": {
    must: { comment: text },
    act: ({ issues }, _options, [number]) => Object.assign(find(issues, number), { state: "closed" }),
  },
  "label create": {
    must: { force: flag, description: text },
    act: ({ labels }, _options, [name]) => labels.push(name),
  },
  "release create": {
    must: { "verify-tag": flag, title: text, "notes-file": text },
    act: ({ releases }, { title, "notes-file": notes }, [tag, ...files]) =>
      releases.push({
        tag,
        title,
        notes: readFileSync(notes, "utf8"),
        files: files.map((file) => readFileSync(file).length),
      }),
  },
};

function find(issues, number) {
  const issue = issues.find((one) => String(one.number) === number);
  if (issue === undefined) throw new Error(`there is no issue ${number}`);
  return issue;
}

function main([topic, verb, ...args]) {
  const { GITHUB_STAND_IN: file, GH_TOKEN: token = "" } = process.env;
  const name = `${topic} ${verb}`;
  if (!(name in commands)) throw new Error(`the stand-in of gh has no command ${name}`);
  if (token === "") throw new Error("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN variable");
  const { must, act } = commands[name];
  const { values, positionals } = parseArgs({ args, options: must, allowPositionals: true });
  for (const option of Object.keys(must)) {
    if (values[option] === undefined) throw new Error(`the stand-in of gh knows ${name} only with --${option}`);
  }
  const there = JSON.parse(readFileSync(file, "utf8"));
  act(there, values, positionals);
  writeFileSync(file, JSON.stringify(there));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
