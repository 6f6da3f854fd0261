import { problemOfNode } from "../../cli/node";
import { read } from "../support/documents";

// On a Node that is too old, the commands say so and nothing else.

test.each(["20.19.4", "18.0.0"])("Node %s is too old", (version) => {
  expect(problemOfNode(version)).toBe(
    `pulumi-zitadel-actions needs Node 22 or later, but this is Node ${version}. Install a newer Node (https://nodejs.org), for example with \`nvm install --lts\`.`,
  );
});

test.each(["22.0.0", "24.21.0", "100.1.0", process.versions.node])("Node %s is new enough", (version) => {
  expect(problemOfNode(version)).toBeUndefined();
});

test("it is the version that package.json asks for", () => {
  const { engines } = JSON.parse(read("package.json").text) as { engines: { node: string } };
  expect(engines.node).toBe(">=22");
});
