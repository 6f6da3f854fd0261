import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { attempt } from "../api/json";
import { isRunner, wrong } from "../core/program";

/** The folders that have the package: each is looked at once, not for every resource. */
const found = new Set<string>();

/**
 * Checks that the project's folder has the package: Pulumi's provider process loads it from there. A program that Pulumi's own
 * runner starts is in that folder; a program that uses the Automation API may be anywhere.
 */
export function requireInProject(folder = process.cwd(), runner = require.main?.filename ?? ""): void {
  if (found.has(folder) || !isRunner.test(runner)) return;
  if (attempt(() => createRequire(join(folder, "x.js")).resolve("pulumi-zitadel-actions/runtime")) !== undefined) {
    found.add(folder);
    return;
  }
  throw wrong(
    `Run \`npm install pulumi-zitadel-actions\` in ${folder}: Pulumi loads the provider from the project's own dependencies, and this project has it only through another package.`,
  );
}

/** An option that makes Pulumi run a separate provider process for a resource. */
type OwnProcess = "provider" | "version" | "pluginDownloadURL";

/**
 * Rejects options that would make Pulumi run a separate provider process for the resource: a process knows only its own
 * resources, and would delete objects that other resources of the program still declare.
 */
export function refuseOwnProcess(name: string, options: Readonly<Record<OwnProcess, unknown>>): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  throw wrong(
    `${name}: remove the option ${given}${given === "provider" ? " (also from the components that the resource is in)" : ""}. With it, Pulumi runs a second provider process, which does not know what the other resources of the stack own, and would delete it. For several ZITADEL instances, set the input instance.`,
  );
}

/** The options that are rejected, each with what to do and the reason. */
const refused = {
  // Pulumi would forget the object together with another one. ZITADEL deletes a key with its target, but that may stay: a new resource
  // may have taken it over.
  deletedWith:
    ". With it, Pulumi does not delete the resource, and ZITADEL keeps a target, an execution that has another target, and a key whose target stays.",
  // Pulumi would call the provider without its code, and fail with "code must be a string".
  import:
    ", and set the input adopt to true. Pulumi cannot import dynamic resources. With adopt, `pulumi up` takes over the object that exists.",
} as const satisfies Partial<Record<keyof pulumi.CustomResourceOptions, string>>;

export function refuse(name: string, option: keyof typeof refused): never {
  throw wrong(`${name}: remove the option ${option}${refused[option]}`);
}

/** Rejects inputs among the options, where Pulumi ignores them. The compiler finds them too, but not in JavaScript. */
export function refuseInputs(name: string, inputs: readonly string[], opts: pulumi.CustomResourceOptions = {}): void {
  const stray = Object.keys(opts).find((key) => inputs.includes(key));
  if (stray === undefined) return;
  throw wrong(
    `${name}: ${stray} is an input, and has no effect among the options: pass it in the argument before them (of get, in state).`,
  );
}

/** The options that have no effect on dynamic resources, each with the reason and what to do instead. */
const ignored = {
  replaceOnChanges:
    'Pulumi updates it in place. Remove the option. To replace the resource, run `pulumi up --replace` with its URN; to make a new signing key with a new target, set rotationStrategy: "replace".',
  customTimeouts:
    "Pulumi does not pass it on to their providers. Remove the option. The provider gives up by itself: it sends a request at most six times.",
} as const satisfies Partial<Record<keyof pulumi.CustomResourceOptions, string>>;

/** Warns of options that have no effect on the resource. */
export function warnOfIgnored(resource: pulumi.Resource, opts: pulumi.CustomResourceOptions = {}): void {
  for (const [option, reason] of Object.entries(ignored)) {
    if (Object.keys(opts[option as keyof typeof ignored] ?? {}).length === 0) continue;
    void pulumi.log.warn(`${option} has no effect on dynamic resources such as this one: ${reason}`, resource);
  }
}

/**
 * Switches stack traces off while a resource is declared, and returns a function that switches them on again. Pulumi takes four
 * for each property, to report open promises: half of a preview's time. It finds the declaration's position another way.
 */
export function withoutStackTraces(): <Thrown>(error?: Thrown) => Thrown | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  return (error) => {
    Error.stackTraceLimit = stackTraceLimit;
    if (error instanceof Error) Error.captureStackTrace(error);
    return error;
  };
}
