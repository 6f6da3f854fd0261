import { ApiError, goError } from "../errors";
import type { JsonNode } from "../json";
import { compact, goJson, goString, objectOf, readWhole } from "./go-json";
import { readInto, unknownIn, type GoStruct, type GoType } from "./go-struct";
import type { Subject } from "./subject";

/** A function of ZITADEL that can trigger an execution. */
export type FunctionName = "preuserinfo" | "preaccesstoken" | "presamlresponse";

/** What the targets' answers request, by their own names. Left out if no answer requests it. */
export interface FunctionEffects {
  /** Without what ZITADEL cannot store. */
  set_user_metadata?: { key: string; value: string }[];
  append_claims?: { key: string; value: unknown }[];
  append_log_claims?: string[];
  append_attribute?: { name: string; name_format: string; value: string[] }[];
  /** The claims that the token or the user info gets, without those that ZITADEL ignores. */
  claims?: Record<string, unknown>;
}

/** Something that an answer requests and ZITADEL does not do. */
export interface Ignored {
  /** The name of a claim, of a member of the answer, or of an entry of the metadata. */
  name: string;
  /**
   * ZITADEL has no such member, keeps claims with this name for itself, has such a claim already, writes its own value over this one, or
   * stores no metadata without a key and a value.
   */
  reason: "unknownMember" | "reservedClaim" | "existingClaim" | "overwrittenClaim" | "emptyMetadata";
}

const text: GoType = { kind: "string" };
const texts: GoType = { kind: "list", of: text };
const listOf = (fields: Record<string, GoType>): GoType => ({ kind: "list", of: { kind: "struct", fields } });

const metadata = listOf({ State: { kind: "int32" }, Key: text, Value: { kind: "bytes" } });

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

/** The answers so far, as {@link readInto} leaves them: `null` for a list or an entry that an answer sets to null. */
interface Answers {
  set_user_metadata?: ({ State?: number; Key?: string; Value?: string | null } | null)[] | null;
  append_claims?: ({ key?: string; value?: unknown } | null)[] | null;
  append_log_claims?: string[] | null;
  append_attribute?: ({ name?: string; name_format?: string; value?: string[] | null } | null)[] | null;
}

/** The members of a function's payload, in the server's order. Other members come after them. */
const MEMBERS = ["userinfo", "user", "user_metadata", "org", "user_grants", "application"];
/** The members that the server sets itself. */
const OWN_MEMBERS = ["function", "response"];
const ZITADELS_CLAIMS = "urn:zitadel:iam";

/** Claims that every access token has. ZITADEL writes them when it creates the token, after the function. */
const OF_ACCESS_TOKENS = ["iss", "sub", "aud", "exp", "iat", "nbf", "client_id", "jti"];
/** Claims of the user info that ZITADEL keeps apart from all others, and writes afterwards, if the user has them. */
const OF_USER_INFO = [
  ...["sub", "name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender"],
  ...["birthdate", "zoneinfo", "locale", "updated_at", "preferred_username", "email", "email_verified"],
  ...["phone_number", "phone_number_verified", "address"],
];

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

  /** Throws at a null entry, at which ZITADEL fails even if no target interrupts. */
  effects(): FunctionEffects {
    const asked = asPayload(this.answers ?? {});
    const { set_user_metadata, append_claims, append_log_claims = [], append_attribute } = asked;
    if ([set_user_metadata, append_claims, append_attribute].some((entries) => entries?.includes(null)))
      throw goError("runtime error: invalid memory address or nil pointer dereference");
    const metadata = present(set_user_metadata);
    const { claims, ignored } = this.appended(present(append_claims));
    const log = [
      ...metadata.filter((one) => !isStored(one)).map(({ Key }) => `failed to set user metadata key ${quoted(Key)}`),
      ...ignored.flatMap(({ name, reason }) =>
        reason === "existingClaim" ? [`key ${quoted(name)} already exists`] : [],
      ),
      ...append_log_claims,
    ];
    const logName = `${ZITADELS_CLAIMS}:action:${this.id}:log`;
    const isSaml = this.answerType === SAML_ANSWER;
    const attributes = present(append_attribute).map((one) => ({ ...one, value: one.value ?? [] }));
    if (log.length > 0 && isSaml) attributes.push({ name: logName, name_format: "", value: log });
    else if (log.length > 0) claims.set(logName, log);
    return {
      ...list("set_user_metadata", metadata.filter(isStored), ({ Key, Value }) => ({ key: Key, value: Value ?? "" })),
      ...list("append_claims", present(append_claims), (claim) => claim),
      ...list("append_log_claims", append_log_claims, (entry) => entry),
      ...list("append_attribute", attributes, (attribute) => attribute),
      ...(claims.size > 0 && { claims: Object.fromEntries(claims) }),
    };
  }

  /** What the answers request in vain. */
  ignored(): Ignored[] {
    const { set_user_metadata, append_claims } = asPayload(this.answers ?? {});
    const unstored = present(set_user_metadata).filter((one) => !isStored(one));
    return [
      ...this.unknown,
      ...unstored.map(({ Key }) => ({ name: Key, reason: "emptyMetadata" as const })),
      ...this.appended(present(append_claims)).ignored,
    ];
  }

  private appended(appended: { key: string; value: unknown }[]) {
    const given = this.given.get("userinfo")?.members.map(({ name }) => name) ?? [];
    const there = new Set(given.filter((name) => !OF_USER_INFO.includes(name)));
    const isAccessToken = this.id === "function/preaccesstoken";
    const written = isAccessToken ? OF_ACCESS_TOKENS : OF_USER_INFO.filter((name) => given.includes(name));
    const claims = new Map<string, unknown>();
    const ignored: Ignored[] = [];
    for (const { key, value } of appended) {
      const isExisting = there.has(key);
      // ZITADEL takes a null for nothing.
      if (value !== null) there.add(key);
      if (key.startsWith(ZITADELS_CLAIMS)) ignored.push({ name: key, reason: "reservedClaim" });
      else if (isExisting) ignored.push({ name: key, reason: "existingClaim" });
      else if (key === "sub" || written.includes(key)) ignored.push({ name: key, reason: "overwrittenClaim" });
      else claims.set(key, value);
    }
    return { claims, ignored };
  }
}

function isStored({ Key, Value }: { Key: string; Value: string | null }): boolean {
  return Key !== "" && (Value ?? "") !== "";
}

/** The answers as the next target's payload contains them: without empty lists, but with the empty fields of an element. */
function asPayload({ set_user_metadata, append_claims, append_log_claims, append_attribute }: Answers) {
  return {
    ...list(
      "set_user_metadata",
      set_user_metadata,
      orNull(({ State = 0, Key = "", Value = null }) => ({ State, Key, Value })),
    ),
    ...list(
      "append_claims",
      append_claims,
      orNull(({ key = "", value = null }) => ({ key, value })),
    ),
    ...list("append_log_claims", append_log_claims, (entry) => entry),
    ...list(
      "append_attribute",
      append_attribute,
      orNull(({ name = "", name_format = "", value = null }) => ({ name, name_format, value })),
    ),
  };
}

function list<K extends string, I, O>(name: K, items: I[] | null | undefined, item: (item: I) => O) {
  const present = items && items.length > 0 ? { [name]: items.map(item) } : {};
  return present as Partial<Record<K, O[]>>;
}

function orNull<I, O>(item: (item: I) => O): (item: I | null) => O | null {
  return (given) => (given === null ? null : item(given));
}

function present<T>(entries: readonly (T | null)[] = []): T[] {
  return entries.filter((entry) => entry !== null);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function rootOf(answer: string): JsonNode {
  try {
    return readWhole(answer).root;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw ApiError.domain(9, "ACTION-4m9s2", "Response is not valid JSON");
  }
}
