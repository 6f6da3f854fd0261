import type { Comment, CommentDisplayPart, CommentTag } from "typedoc";

/** Where a name leads to, if it leads anywhere. */
export type Linked = (name: string) => string | undefined;

/** A text as Markdown, each paragraph in one line. */
export function markdown(parts: readonly CommentDisplayPart[], linked: Linked): string {
  const text = parts.map((part) => {
    if (part.kind === "inline-tag") return link(part.text, linked);
    return part.kind === "code" && /^`[^`]+`$/.test(part.text) ? link(part.text.slice(1, -1), linked) : part.text;
  });
  return text
    .join("")
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, " "))
    .join("\n\n");
}

function link(name: string, linked: Linked): string {
  const place = linked(name);
  return place === undefined ? `\`${name}\`` : `[\`${name}\`](${place})`;
}

/** What stands between the first fences, and the fences. */
export function fenced(parts: readonly CommentDisplayPart[]): string | undefined {
  return parts.find(({ kind, text }) => kind === "code" && text.startsWith("```"))?.text;
}

/** What stands behind each tag of that name. */
export function tags(comment: Comment | undefined, tag: `@${string}`): readonly CommentTag[] {
  return comment?.blockTags.filter((one) => one.tag === tag) ?? [];
}

/** The first sentence of a text. A full stop in code ends none. */
export function firstSentence(text: string): string {
  const [sentence = text] = /^(?:`[^`]*`|[^`])*?\.(?=\s|$)/.exec(text) ?? [];
  return sentence.replace(/\.$/, "");
}
