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
  return name.includes("_") ? name.replace(/_+([a-z\d])/g, (_, letter: string) => letter.toUpperCase()) : name;
}
