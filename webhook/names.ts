import { closest } from "../provider/api/closest.ts";
import { report } from "./adapters/receive.ts";
import { WebhookError } from "./errors.ts";
import type { About } from "./payload.ts";
import { remembered } from "./remembered.ts";
import { eventTypes, methods } from "./vocabulary.ts";

/** How names are written. */
interface Form {
  readonly what: "method" | "event" | "function";
  readonly form: RegExp;
  readonly example: string;
}

const method: Form = {
  what: "method",
  form: /^\/[\w.]+\/\w+$/,
  example: '"/zitadel.user.v2.UserService/AddHumanUser", as in `fullMethod`',
};

const forms: Readonly<Record<About["kind"], Form>> = {
  request: method,
  response: method,
  event: {
    what: "event",
    form: /^[\w-]+(?:\.[\w-]+)*$/,
    example: 'the type, "user.human.added", or the group, "user.human"',
  },
  function: {
    what: "function",
    form: /^(?:preuserinfo|preaccesstoken|presamlresponse)$/,
    example: '"preuserinfo", "preaccesstoken" or "presamlresponse"',
  },
};

/** The names that this version knows. */
const knownNames = remembered(3, (what: string): readonly string[] => {
  switch (what) {
    case "method":
      return Object.entries(methods).flatMap(([service, all]) => all.split(" ").map((one) => `/${service}/${one}`));
    case "event": {
      const types = eventTypes.split(" ");
      const groups = types.flatMap((type) => Array.from(type.matchAll(/\./g), ({ index }) => type.slice(0, index)));
      return [...new Set([...types, ...groups])];
    }
    default:
      return ["preuserinfo", "preaccesstoken", "presamlresponse"];
  }
});

/**
 * Throws `settings` for a name that no delivery can have. A name that is only unknown to this version of the package is written to the
 * console, because a newer server may have it.
 */
export function checkName(kind: About["kind"], name: string): void {
  const { what, form, example } = forms[kind];
  const all = knownNames(what);
  if (all.includes(name)) return;
  const [meant] = closest(`${what === "method" && !name.startsWith("/") ? "/" : ""}${bare(name)}`, all);
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  const said = `the ${what} ${JSON.stringify(name)}`;
  if (!form.test(name))
    throw new WebhookError("settings", `No delivery can have ${said}: write ${example}.${question}`);
  report(`this version of the package does not know ${said}: if it is misspelt, no delivery has it.${question}`);
}

/** A name without what other places write it with: the prefix of functions, and the star of groups. */
function bare(name: string): string {
  return name.replace(/^function\//, "").replace(/\.\*?$/, "");
}
