import { createHash, createPublicKey, generateKeyPair, randomUUID, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Answer } from "./answer";
import type { GatewayRequest } from "./gateway";
import { hashOfSecret, type Directory, type StoredUser } from "./users";

/** The scope without which a token is issued, but counts for nothing on the API. */
const API_SCOPE = "urn:zitadel:iam:org:project:id:zitadel:aud";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const MAX_ASSERTION_AGE_SECONDS = 3600;

/** A refusal of the token endpoint. */
class OAuthError extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
  ) {
    super(`${error}: ${description}`);
  }
}

/** The OpenID part of an instance: discovery, its public keys, and tokens for machine users. */
export class TokenEndpoint {
  private signingKey: Promise<{ kid: string; privateKey: KeyObject; publicKey: KeyObject }> | undefined;

  constructor(
    private readonly issuer: () => string,
    private readonly directory: Directory,
    private readonly now: () => Date,
    private readonly lifetimeSeconds: () => number,
  ) {}

  async answer({ method, path, headers, body }: GatewayRequest): Promise<Answer> {
    switch (`${method} ${path}`) {
      case "GET /.well-known/openid-configuration":
        return { status: 200, body: this.discovery() };
      case "GET /oauth/v2/keys":
        return { status: 200, body: { keys: [await this.publicJwk()] } };
      case "POST /oauth/v2/token":
        return this.token(new URLSearchParams(body), headers.authorization);
      default: {
        const known = ["/.well-known/openid-configuration", "/oauth/v2/keys", "/oauth/v2/token"].includes(path);
        return known ? { status: 405, body: "Method Not Allowed\n" } : { status: 404, body: "404 page not found\n" };
      }
    }
  }

  private discovery(): object {
    return {
      issuer: this.issuer(),
      token_endpoint: `${this.issuer()}/oauth/v2/token`,
      jwks_uri: `${this.issuer()}/oauth/v2/keys`,
      grant_types_supported: ["client_credentials", JWT_BEARER],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      id_token_signing_alg_values_supported: ["RS256"],
      subject_types_supported: ["public"],
      response_types_supported: ["code", "id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "phone", "address", "offline_access"],
    };
  }

  private async publicJwk(): Promise<object> {
    const { kid, publicKey } = await this.instanceKey();
    return { use: "sig", alg: "RS256", kid, ...publicKey.export({ format: "jwk" }) };
  }

  private async token(form: URLSearchParams, authorization: string | undefined): Promise<Answer> {
    try {
      const user = await this.userOf(form, authorization);
      const scopes = (form.get("scope") ?? "").split(" ");
      const token = this.directory.issueToken(user, this.lifetimeSeconds(), scopes.includes(API_SCOPE));
      const answer = { access_token: token, token_type: "Bearer", expires_in: this.lifetimeSeconds() };
      const withIdToken = scopes.includes("openid") && form.get("grant_type") === JWT_BEARER;
      const idToken = withIdToken ? { id_token: await this.idToken(user) } : {};
      return { status: 200, headers: { "cache-control": "no-store" }, body: { ...answer, ...idToken } };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { status: 400, body: { error: error.error, error_description: error.description } };
    }
  }

  private userOf(form: URLSearchParams, authorization: string | undefined): StoredUser | Promise<StoredUser> {
    const grant = form.get("grant_type") ?? "";
    switch (grant) {
      case "client_credentials":
        return this.userOfSecret(form, authorization);
      case JWT_BEARER:
        return this.userOfAssertion(form.get("assertion") ?? "");
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
  private async userOfAssertion(assertion: string): Promise<StoredUser> {
    if (assertion === "") throw new OAuthError("invalid_request", "assertion missing");
    const { compactVerify, decodeJwt, decodeProtectedHeader, errors } = await import("jose");
    const refused = new OAuthError("invalid_grant", "invalid assertion");
    try {
      const { kid = "" } = decodeProtectedHeader(assertion);
      const { iss = "", sub, aud = [], iat = NaN, exp = NaN } = decodeJwt(assertion);
      const user = this.directory.byId(iss);
      const key = user?.keys[kid];
      if (user === undefined || key === undefined || sub !== iss) throw refused;
      await compactVerify(assertion, createPublicKey(key), { algorithms: ["RS256"] });
      const now = this.now().getTime() / 1000;
      const isFresh = iat <= now + 1 && iat >= now - MAX_ASSERTION_AGE_SECONDS && exp > now;
      if (!isFresh || ![aud].flat().includes(this.issuer())) throw refused;
      return user;
    } catch (error) {
      // What jose cannot read or verify is refused like any other bad assertion.
      if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused;
      throw error;
    }
  }

  private async idToken(user: StoredUser): Promise<string> {
    const { SignJWT } = await import("jose");
    const { kid, privateKey } = await this.instanceKey();
    const now = Math.floor(this.now().getTime() / 1000);
    return new SignJWT({ azp: user.userId, client_id: user.userId, sid: randomUUID() })
      .setProtectedHeader({ alg: "RS256", kid })
      .setIssuer(this.issuer())
      .setSubject(user.userId)
      .setAudience(user.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + this.lifetimeSeconds())
      .sign(privateKey);
  }

  private instanceKey() {
    this.signingKey ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 }).then((pair) => {
      const der = pair.publicKey.export({ type: "spki", format: "der" });
      return { ...pair, kid: createHash("sha256").update(der).digest("hex").slice(0, 18) };
    });
    return this.signingKey;
  }
}

/** Client id and secret of a Basic header, both form-encoded as OAuth wants them. */
function basicCredentials(authorization: string | undefined): [string, string] | undefined {
  const encoded = /^Basic (.*)$/.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const decode = (text: string) => new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
  return [decode(id), decode(secret.join(":"))];
}
