/** The kinds of resources. */
export type Kind = "target" | "publicKey" | "execution";
