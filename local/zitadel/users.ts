import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { IdSource } from "./ids";
import { newSecret, told } from "./secrets";

const KEY_EXPIRATION = "2099-01-01T00:00:00Z";

/**
 * What a user may do. `IAM_OWNER` may do everything, and `IAM_OWNER_VIEWER` may read. `ORG_OWNER` may do nothing here, because
 * targets belong to the instance. `none` is not a member of anything.
 */
export type Role = "IAM_OWNER" | "IAM_OWNER_VIEWER" | "ORG_OWNER" | "none";

/** A service account's key file, as ZITADEL's console creates it. */
export interface ServiceAccountKey {
  /** Distinguishes it from an application's key. */
  type: "serviceaccount";
  /** The id of the key: the `kid` of assertions. */
  keyId: string;
  /** The private key as PEM (`RSA PRIVATE KEY`, PKCS#1, 2048 bits). */
  key: string;
  /** The id of the user: `iss` and `sub` of assertions. */
  userId: string;
  /** When the key expires: always far in the future. */
  expirationDate: string;
}

/** A machine user. */
export interface User {
  /** The id that the server gave the user. */
  readonly userId: string;
  /** The user's name, which is also the client id for the grant `client_credentials` (case-insensitive there). */
  readonly userName: string;
  /** What the user may do. You can change it at any time: it takes effect with the next request. */
  role: Role;
  /** A personal access token. It does not expire. */
  readonly accessToken: string;
  /** Makes a new key and returns its key file. Earlier keys stay valid. */
  keyFile(): Promise<ServiceAccountKey>;
  /** Makes a new client secret and returns it. Earlier secrets become invalid. */
  clientSecret(): string;
  /** Makes every token of the user invalid: the personal one and those from the token endpoint. */
  revokeTokens(): void;
}

/** What the server stores about a user. Of the user's secrets, only the personal access token can be read from it. */
export interface StoredUser {
  userId: string;
  userName: string;
  role: Role;
  accessToken: string;
  /** Public keys as PEM, by key id. */
  keys: Record<string, string>;
  secretHash?: string;
}

interface IssuedToken {
  userId: string;
  /** By the server's clock, in milliseconds. */
  expiresAt: number;
  /** Whether its audience includes ZITADEL's own project. */
  forApi: boolean;
}

/** The users of an instance, with their credentials and tokens. */
export class Directory {
  private readonly users = new Map<string, StoredUser>();
  private readonly personalTokens = new Map<string, StoredUser>();
  private readonly issued = new Map<string, IssuedToken>();

  constructor(
    private readonly ids: IdSource,
    private readonly now: () => Date,
    private readonly onWrite: () => void,
  ) {}

  add(userName: string, role: Role, accessToken?: string): User {
    if (this.named(userName)) throw new Error(`there is a user ${userName} already`);
    const stored = {
      userId: this.ids.next(),
      userName,
      role,
      accessToken:
        accessToken === undefined
          ? newSecret(`the access token of ${userName}`, 71)
          : told(`the access token of ${userName}`, accessToken),
      keys: {},
    };
    this.load([stored]);
    this.onWrite();
    return this.handle(stored);
  }

  /** Returns the user that every server has from the start. If a token is given, it replaces the previous one. */
  owner(accessToken?: string): User {
    const stored = this.named("owner");
    if (stored === undefined) return this.add("owner", "IAM_OWNER", accessToken);
    if (accessToken !== undefined && accessToken !== stored.accessToken) {
      this.personalTokens.delete(stored.accessToken);
      stored.accessToken = told("the access token of owner", accessToken);
      this.load([stored]);
      this.onWrite();
    }
    return this.handle(stored);
  }

  load(users: readonly StoredUser[]): void {
    for (const user of users) {
      this.ids.skipTo(user.userId);
      this.users.set(user.userId, user);
      this.personalTokens.set(user.accessToken, user);
    }
  }

  stored(): StoredUser[] {
    return [...this.users.values()];
  }

  byId(userId: string): StoredUser | undefined {
    return this.users.get(userId);
  }

  find(userName: string): User | undefined {
    const stored = this.named(userName);
    return stored && this.handle(stored);
  }

  named(userName: string): StoredUser | undefined {
    return this.stored().find((user) => user.userName.toLowerCase() === userName.toLowerCase());
  }

  issueToken(user: StoredUser, lifetimeSeconds: number, forApi: boolean): string {
    // As long and as opaque as a real one.
    const token = newSecret(`a token issued for ${user.userName}`, 288);
    const expiresAt = this.now().getTime() + lifetimeSeconds * 1000;
    this.issued.set(token, { userId: user.userId, expiresAt, forApi });
    return token;
  }

  /** Returns the user that a token belongs to, if the API accepts the token. */
  userOfToken(token: string): StoredUser | undefined {
    const owner = this.personalTokens.get(token);
    if (owner) return owner;
    const issued = this.issued.get(token);
    if (!issued?.forApi || issued.expiresAt <= this.now().getTime()) return undefined;
    return this.users.get(issued.userId);
  }

  expireTokens(): void {
    this.issued.clear();
  }

  private handle(stored: StoredUser): User {
    const { onWrite } = this;
    return {
      userId: stored.userId,
      userName: stored.userName,
      accessToken: stored.accessToken,
      get role() {
        return stored.role;
      },
      set role(role) {
        stored.role = role;
        onWrite();
      },
      keyFile: () => this.addKey(stored),
      clientSecret: () => {
        const secret = newSecret(`a client secret of ${stored.userName}`, 64);
        stored.secretHash = hashOfSecret(secret);
        this.onWrite();
        return secret;
      },
      revokeTokens: () => {
        this.personalTokens.delete(stored.accessToken);
        for (const [token, { userId }] of this.issued) if (userId === stored.userId) this.issued.delete(token);
      },
    };
  }

  private async addKey(user: StoredUser): Promise<ServiceAccountKey> {
    const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const keyId = this.ids.next();
    user.keys[keyId] = publicKey;
    this.onWrite();
    told(`a private key of ${user.userName}`, privateKey);
    return { type: "serviceaccount", keyId, key: privateKey, expirationDate: KEY_EXPIRATION, userId: user.userId };
  }
}

/** The stored form of a client secret. The secret is long and random, so a plain digest is enough. */
export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
