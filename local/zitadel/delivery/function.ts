import { ApiError, goError } from "../errors";
import type { JsonNode } from "../json";
import { compact, goJson, goString, objectOf, readWhole } from "./go-json";
import { readInto, unknownIn, type GoStruct, type GoType } from "./go-struct";
import type { Subject } from "./subject";

/** A function of ZITADEL that can trigger an execution. */
export type FunctionName = "preuserinfo" | "preaccesstoken" | "presamlresponse";

/** What the targets' answers request, by their own names. Left out if no answer requests it. */
export interface FunctionEffects {
  set_user_metadata?: { key: string; value: string }[];
  append_claims?: { key: string; value: unknown }[];
  append_log_claims?: string[];
  append_attribute?: { name: string; name_format: string; value: string[] }[];
  /** The claims that are added to the token or the user info. ZITADEL's own claims, and claims that already exist, are not. */
  claims?: Record<string, unknown>;
}

/** Something that an answer requests and ZITADEL does not do. */
export interface Ignored {
  /** The name of a claim, or of a member of the answer. */
  name: string;
  /** ZITADEL has no such member, keeps claims with this name for itself, or the claim already exists. */
  reason: "unknownMember" | "reservedClaim" | "existingClaim";
}

const text: GoType = { kind: "string" };
const texts: GoType = { kind: "list", of: text };
const listOf = (fields: Record<string, GoType>): GoType => ({ kind: "list", of: { kind: "struct", fields } });

const metadata = listOf({ Key: text, Value: { kind: "bytes" } });

const TOKEN_ANSWER: GoStruct = {
  kind: "struct",
  fields: {
    set_user_metadata: metadata,
    append_claims: listOf({ key: text, value: { kind: "any" } }),
    append_log_claims: texts,
  },
};

const SAML_ANSWER: GoStruct = {
  kind: "struct",
  fields: {
    set_user_metadata: metadata,
    append_attribute: listOf({ name: text, name_format: text, value: texts }),
  },
};

/** The answers so far, as {@link readInto} leaves them: `null` for a list that an answer sets to null. */
interface Answers {
  set_user_metadata?: { Key?: string; Value?: string | null }[] | null;
  append_claims?: { key?: string; value?: unknown }[] | null;
  append_log_claims?: string[] | null;
  append_attribute?: { name?: string; name_format?: string; value?: string[] | null }[] | null;
}

/** The members of a function's payload, in the server's order. Other members come after them. */
const MEMBERS = ["userinfo", "user", "user_metadata", "org", "user_grants", "application"];
/** The members that the server sets itself. */
const OWN_MEMBERS = ["function", "response"];
const ZITADELS_CLAIMS = "urn:zitadel:iam";

/** A function that is about to run, with what its targets' answers have requested so far. */
export class FunctionSubject implements Subject {
  private readonly id: string;
  private readonly given: Map<string, JsonNode>;
  private readonly answerType: GoStruct;
  private answers: Answers | undefined;
  private readonly unknown: Ignored[] = [];

  constructor(name: FunctionName, payload: JsonNode | undefined) {
    this.id = `function/${name}`;
    this.given = new Map(payload?.members.map((member) => [member.name, member.value]));
    this.answerType = name === "presamlresponse" ? SAML_ANSWER : TOKEN_ANSWER;
  }

  payload(): string {
    const others = [...this.given.keys()].filter((name) => ![...MEMBERS, ...OWN_MEMBERS].includes(name));
    const members = [...MEMBERS, ...others].map((name) => {
      const value = this.given.get(name);
      return [name, value && compact(value)];
    });
    return objectOf({
      function: goString(this.id),
      ...(Object.fromEntries(members) as Record<string, string | undefined>),
      response: this.answers && goJson(asPayload(this.answers)),
    });
  }

  take(answer: string): void {
    const root = rootOf(answer);
    this.answers ??= {};
    this.unknown.push(...unknownIn(this.answerType, root).map((name) => ({ name, reason: "unknownMember" as const })));
    const failure = readInto(this.answers as Record<string, unknown>, this.answerType, root);
    if (failure !== undefined) throw goError(failure);
  }

  effects(): FunctionEffects {
    if (this.answers === undefined) return {};
    const { set_user_metadata, ...asked } = asPayload(this.answers);
    const { claims, ignored } = this.appended(asked.append_claims);
    const existing = ignored.filter(({ reason }) => reason === "existingClaim");
    const log = [
      ...existing.map(({ name }) => `key ${JSON.stringify(name)} already exists`),
      ...(asked.append_log_claims ?? []),
    ];
    if (log.length > 0) claims[`${ZITADELS_CLAIMS}:action:${this.id}:log`] = log;
    return {
      ...(set_user_metadata && {
        set_user_metadata: set_user_metadata.map(({ Key, Value }) => ({ key: Key, value: Value })),
      }),
      ...asked,
      ...(Object.keys(claims).length > 0 && { claims }),
    };
  }

  /** What the answers request in vain. */
  ignored(): Ignored[] {
    return [...this.unknown, ...this.appended(asPayload(this.answers ?? {}).append_claims).ignored];
  }

  private appended(appended: { key: string; value: unknown }[] = []) {
    const there = new Set(this.given.get("userinfo")?.members.map(({ name }) => name));
    const claims: Record<string, unknown> = {};
    const ignored: Ignored[] = [];
    for (const { key, value } of appended) {
      if (key.startsWith(ZITADELS_CLAIMS)) ignored.push({ name: key, reason: "reservedClaim" });
      else if (there.has(key)) ignored.push({ name: key, reason: "existingClaim" });
      else claims[key] = value;
      there.add(key);
    }
    return { claims, ignored };
  }
}

/** The answers as the next target's payload contains them: without empty lists, but with the empty fields of an element. */
function asPayload({ set_user_metadata, append_claims, append_log_claims, append_attribute }: Answers) {
  return {
    ...list("set_user_metadata", set_user_metadata, ({ Key = "", Value }) => ({ State: 0, Key, Value: Value ?? "" })),
    ...list("append_claims", append_claims, ({ key = "", value = null }) => ({ key, value })),
    ...list("append_log_claims", append_log_claims, (entry) => entry),
    ...list("append_attribute", append_attribute, ({ name = "", name_format = "", value }) => ({
      name,
      name_format,
      value: value ?? [],
    })),
  };
}

function list<K extends string, I, O>(name: K, items: I[] | null | undefined, item: (item: I) => O) {
  const present = items && items.length > 0 ? { [name]: items.map(item) } : {};
  return present as Partial<Record<K, O[]>>;
}

function rootOf(answer: string): JsonNode {
  try {
    return readWhole(answer).root;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw ApiError.domain(9, "ACTION-4m9s2", "Response is not valid JSON");
  }
}
