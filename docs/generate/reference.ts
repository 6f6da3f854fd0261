import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, type DeclarationReflection, Logger, LogLevel, type ProjectReflection } from "typedoc";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** What TypeDoc makes of the public surface, and everything that it has to say against it. */
export interface Reference {
  readonly project: ProjectReflection;
  readonly warnings: readonly string[];
}

class Collector extends Logger {
  readonly messages: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.messages.push(message);
  }
}

/** Converts and validates as `npm run reference` does; other options are for tests. */
export async function readReference(options = join(root, "typedoc.json")): Promise<Reference> {
  const app = await Application.bootstrapWithPlugins({ options, logLevel: "Warn" });
  const logger = new Collector();
  app.logger = logger;
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc could not convert: ${logger.messages.join("; ")}`);
  app.validate(project);
  return { project, warnings: logger.messages };
}

/** What an entry point of the package exports under a name. */
export function exported({ project }: Reference, entry: string, name: string): DeclarationReflection {
  const found = project.getChildByName([entry, name]);
  if (found?.isDeclaration() !== true) throw new Error(`${entry} exports no ${name}`);
  return found;
}
