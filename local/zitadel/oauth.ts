import { esm } from "../../provider/api/esm";
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Answer } from "./answer";
import type { GatewayRequest } from "./call";
import { told } from "./secrets";
import { hashOfSecret, type Directory, type StoredUser } from "./users";

/** Without this scope, a token is issued, but the API does not accept it. */
const API_SCOPE = "urn:zitadel:iam:org:project:id:zitadel:aud";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const MAX_ASSERTION_AGE_SECONDS = 3600;

interface InstanceKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** An error of the token endpoint. */
class OAuthError extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
  ) {
    super(`${error}: ${description}`);
  }
}

/** The OpenID part of an instance: its public keys, and tokens for machine users. */
export class TokenEndpoint {
  private key: Promise<InstanceKey> | undefined;

  constructor(
    private readonly directory: Directory,
    private readonly now: () => Date,
    private readonly lifetimeSeconds: () => number,
  ) {}

  /** Answers for the issuer that a request names by its host. */
  async answer({ path, headers, body }: GatewayRequest, issuer: string): Promise<Answer> {
    switch (path) {
      case "/oauth/v2/keys":
        return { status: 200, body: { keys: [await this.publicJwk()] } };
      case "/oauth/v2/token":
        return this.token(formOf(headers["content-type"], body), headers.authorization, issuer);
      default:
        return { status: 404, body: "404 page not found\n" };
    }
  }

  private async publicJwk(): Promise<object> {
    const { kid, publicKey } = await this.signingKey();
    return { use: "sig", alg: "RS256", kid, ...publicKey.export({ format: "jwk" }) };
  }

  private async token(form: URLSearchParams, authorization: string | undefined, issuer: string): Promise<Answer> {
    try {
      const user = await this.userOf(form, authorization, issuer);
      const scopes = (form.get("scope") ?? "").split(" ");
      const token = this.directory.issueToken(user, this.lifetimeSeconds(), scopes.includes(API_SCOPE));
      const body = { access_token: token, token_type: "Bearer", expires_in: this.lifetimeSeconds() };
      return { status: 200, headers: { "cache-control": "no-store" }, body };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { status: 400, body: { error: error.error, error_description: error.description } };
    }
  }

  private userOf(
    form: URLSearchParams,
    authorization: string | undefined,
    issuer: string,
  ): StoredUser | Promise<StoredUser> {
    const grant = form.get("grant_type") ?? "";
    switch (grant) {
      case "client_credentials":
        return this.userOfSecret(form, authorization);
      case JWT_BEARER:
        return this.userOfAssertion(form.get("assertion") ?? "", issuer);
      case "":
        throw new OAuthError("invalid_request", "grant_type missing");
      default:
        throw new OAuthError("unsupported_grant_type", `${grant} not supported`);
    }
  }

  private userOfSecret(form: URLSearchParams, authorization: string | undefined): StoredUser {
    const [id, secret] = basicCredentials(authorization) ?? [
      form.get("client_id") ?? "",
      form.get("client_secret") ?? "",
    ];
    told("a client secret that was sent", secret);
    if (id === "") throw new OAuthError("invalid_request", "client_id or client_assertion must be provided");
    const user = this.directory.named(id);
    if (user === undefined) throw new OAuthError("invalid_client", "client not found");
    if (user.secretHash === undefined) {
      throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.NotExisting");
    }
    if (hashOfSecret(secret) !== user.secretHash) {
      throw new OAuthError("invalid_request", "Errors.User.Machine.Secret.Invalid");
    }
    return user;
  }

  /** Checks an assertion: signed by a key of the user that it names, meant for this issuer, fresh and not expired. */
  private async userOfAssertion(assertion: string, issuer: string): Promise<StoredUser> {
    told("an assertion", assertion);
    if (assertion === "") throw new OAuthError("invalid_request", "assertion missing");
    const { compactVerify, decodeJwt, decodeProtectedHeader, errors } = await esm(() => import("jose"), "jose");
    const refused = new OAuthError("invalid_grant", "invalid assertion");
    try {
      const { kid = "" } = decodeProtectedHeader(assertion);
      const { iss = "", sub, aud = [], iat, exp } = decodeJwt(assertion);
      const user = this.directory.byId(iss);
      const key = user?.keys[kid];
      if (user === undefined || key === undefined || sub !== iss) throw refused;
      await compactVerify(assertion, createPublicKey(key), { algorithms: ["RS256", "PS256", "ES256"] });
      const now = this.now().getTime() / 1000;
      if (typeof iat !== "number" || typeof exp !== "number") throw refused;
      const isFresh = iat <= now + 1 && iat >= now - MAX_ASSERTION_AGE_SECONDS && exp > now;
      if (!isFresh || ![aud].flat().includes(issuer)) throw refused;
      return user;
    } catch (error) {
      // An assertion that jose cannot read or verify is rejected as any other bad one.
      if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused;
      throw error;
    }
  }

  /** The key with which the instance signs. The public key is at `/oauth/v2/keys`. */
  signingKey(): Promise<InstanceKey> {
    this.key ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 }).then((pair) => {
      const der = pair.publicKey.export({ type: "spki", format: "der" });
      return { ...pair, kid: createHash("sha256").update(der).digest("hex").slice(0, 18) };
    });
    return this.key;
  }
}

/** A form that is not said to be one is not read. */
function formOf(contentType = "", body: string): URLSearchParams {
  return new URLSearchParams(contentType.startsWith("application/x-www-form-urlencoded") ? body : "");
}

/** Client id and secret of a Basic header, both form-encoded as OAuth wants them. */
function basicCredentials(authorization: string | undefined): [string, string] | undefined {
  const encoded = /^Basic (.*)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const decode = (text: string) => new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
  return [decode(id), decode(secret.join(":"))];
}
