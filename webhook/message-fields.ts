// What is known about the fields of all messages of ZITADEL's API, without their descriptors.

/** Members of payloads, and of answers that are no messages. No message has a field of these names. */
export const noFields: readonly string[] = [
  ...["fullMethod", "instanceID", "orgID", "projectID", "userID", "request", "response"],
  ...["append_claims", "append_log_claims", "set_user_metadata", "append_attribute"],
  ...["forwardedStatusCode", "forwardedErrorMessage"],
];

/** Fields whose members have any names: maps and structs. In another message, a field of one of these names may be none. */
const ofAnyNames: ReadonlySet<string> = new Set([
  ...[
    "attributes",
    "credentialAssertionData",
    "data",
    "fields",
    "header",
    "metadata",
    "payload",
    "publicKeyCredential",
  ],
  ...["publicKeyCredentialCreationOptions", "publicKeyCredentialRequestOptions", "rawInformation", "schema"],
  "translations",
]);

/** Whether the members of a field are fields, too. */
export function hasFields(name: string): boolean {
  return !ofAnyNames.has(fieldName(name));
}

/** The name of a field as ZITADEL writes it. It reads `given_name` as well as `givenName`, but not both in one message. */
export function fieldName(name: string): string {
  // A run of underscores is looked at once, and not again from each of them.
  return name.includes("_") ? name.replace(/(?<!_)_+([a-z\d])/g, (_, letter: string) => letter.toUpperCase()) : name;
}

/** What a message that ZITADEL sent shows about a field. */
export interface SentField {
  /** A value that it has. */
  value: unknown;
  /** The fields of its message, by their names. */
  readonly fields: Map<string, SentField>;
  /** What its entries show, if it is a list. */
  entries?: SentField;
}

/** What a message that ZITADEL sent shows about its fields. Does not call itself, so that no depth exhausts the stack. */
export function sentFields(message: unknown): SentField {
  const root = unknownField();
  const left = [{ value: message, field: root, isOpen: false }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, field, isOpen } = next;
    if (field.value === undefined || mayBeNumber(field.value)) field.value = value;
    if (Array.isArray(value)) {
      field.entries ??= unknownField();
      for (const entry of value) left.push({ value: entry, field: field.entries, isOpen: false });
    } else if (typeof value === "object" && value !== null && !isOpen && !("@type" in value)) {
      for (const [name, member] of Object.entries(value)) {
        const inner = field.fields.get(name) ?? unknownField();
        field.fields.set(name, inner);
        left.push({ value: member, field: inner, isOpen: !hasFields(name) });
      }
    }
  }
  return root;
}

function unknownField(): SentField {
  return { value: undefined, fields: new Map() };
}

/** Whether a field that has one value cannot have the other, by protobuf's JSON mapping. */
export function isOtherType(sent: unknown, value: unknown): boolean {
  if ((sent ?? undefined) === undefined || value === null || typeOf(sent) === typeOf(value)) return false;
  // A 64-bit integer is a string or a number, and so is an enum.
  const [text] = [sent, value].filter((one) => typeof one === "string");
  const isNumber = [sent, value].some((one) => typeof one === "number");
  return text === undefined || !isNumber || !mayBeNumber(text);
}

/** What type of JSON a value is. */
export function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** Whether a value is a string that may stand for a number: a number, or what looks like a name of an enum. */
function mayBeNumber(value: unknown): boolean {
  return (
    typeof value === "string" &&
    /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity|[A-Z][A-Z\d]*(?:_\w*)?)$/.test(value)
  );
}
