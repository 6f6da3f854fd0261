import { fenced, tags } from "./comments.ts";
import type { Reference } from "./reference.ts";

/** What stands between the fences of an example, and where that is. */
export interface Code {
  readonly place: string;
  readonly code: string;
}

/** The examples of everything public, for tests to compile. */
export function readExamples({ project }: Reference): Code[] {
  return Object.values(project.reflections).flatMap(({ comment, ...reflection }) =>
    tags(comment, "@example").map(({ content }) => {
      const lines = fenced(content)?.split("\n") ?? [];
      return { place: `the example of ${reflection.name}`, code: lines.slice(1, -1).join("\n") };
    }),
  );
}
