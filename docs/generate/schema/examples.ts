import type { Options } from "prettier";
import { go, type TypeOf } from "./languages/go.ts";
import { python } from "./languages/python.ts";
import { typescript } from "./languages/typescript.ts";
import { yaml } from "./languages/yaml.ts";
import type { Declaration, Program } from "./program.ts";
import { tokenOf } from "./types.ts";

/** An example of a resource: one program for all languages. */
interface Example {
  readonly title: string;
  readonly program: Program;
  /** The id of an object, as `pulumi import` takes it. */
  readonly id: string;
}

const check: Declaration = {
  name: "check",
  type: "Target",
  properties: {
    endpoint: "https://example.com/check",
    timeout: "3s",
    restWebhook: { interruptOnError: true },
  },
};
const sessions: Declaration = {
  name: "sessions",
  type: "Execution",
  properties: {
    condition: { request: { method: "/zitadel.session.v2.SessionService/CreateSession" } },
    targets: [{ of: "check", output: "id" }],
  },
};

/** The stack of the projects in examples/native. */
export const stack: Program = {
  resources: [check, sessions],
  outputs: { signingKey: { of: "check", output: "signingKey" } },
};

export const examples: Readonly<Record<Declaration["type"], Example>> = {
  Target: {
    title: "A webhook whose failure is ignored",
    program: {
      resources: [
        {
          name: "audit",
          type: "Target",
          properties: { endpoint: "https://example.com/audit", timeout: "10s", restWebhook: {} },
        },
      ],
      outputs: { signingKey: { of: "audit", output: "signingKey" } },
    },
    id: "400661751630138406",
  },
  Execution: {
    title: "Calls a target before each login session is created",
    program: { resources: [check, sessions] },
    id: "request/zitadel.session.v2.SessionService/CreateSession",
  },
  TargetPublicKey: {
    title: "A target that only its receiver can read",
    program: {
      resources: [
        {
          name: "claims",
          type: "Target",
          properties: {
            endpoint: "https://example.com/claims",
            timeout: "3s",
            restCall: { interruptOnError: true },
            payloadType: "PAYLOAD_TYPE_JWE",
          },
        },
        {
          name: "key",
          type: "TargetPublicKey",
          properties: { targetId: { of: "claims", output: "id" }, publicKey: { file: "claims.pub.pem" } },
        },
        {
          name: "tokens",
          type: "Execution",
          properties: {
            condition: { function: { name: "preaccesstoken" } },
            targets: [{ of: "claims", output: "id" }],
          },
          dependsOn: "key",
        },
      ],
    },
    id: "400661751630138406/400661832647314470",
  },
};

/** A program in every language, with the name of each as Markdown has it. */
export async function inEveryLanguage(program: Program, typeOf: TypeOf, style: Options) {
  return {
    typescript: await typescript(program, style),
    python: python(program),
    go: go(program, typeOf),
    yaml: yaml(program),
  };
}

/** What stands behind a resource's description, in the form that Pulumi's documentation reads. */
export async function exampleSection(type: Declaration["type"], typeOf: TypeOf, style: Options): Promise<string> {
  const { title, program, id } = examples[type];
  const languages = Object.entries(await inEveryLanguage(program, typeOf, style));
  return [
    "{{% examples %}}\n## Example Usage\n{{% example %}}",
    `### ${title}`,
    ...languages.map(([language, text]) => `\`\`\`${language}\n${text}\`\`\``),
    "{{% /example %}}\n{{% /examples %}}",
    "## Import",
    `\`\`\`sh\n$ pulumi import ${tokenOf(type)} ${examples[type].program.resources.find((one) => one.type === type)?.name ?? ""} ${id}\n\`\`\``,
  ].join("\n\n");
}
