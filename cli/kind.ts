/** What this package declares. */
export type Kind = "target" | "publicKey" | "execution";
