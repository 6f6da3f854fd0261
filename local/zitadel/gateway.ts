import type { IncomingHttpHeaders } from "node:http";
import { answerOf, refusal, type Answer } from "./answer";
import { authorise } from "./auth";
import type { Call } from "./call";
import { ApiError } from "./errors";
import { TokenEndpoint } from "./oauth";
import type { ApiOperation } from "./operations";
import { routeOf } from "./routes";
import type { Directory } from "./users";

/** A request as it came off the wire, its path without query and escapes. */
export interface GatewayRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The address that an instance is reached at. */
export interface Instance {
  scheme: "http" | "https";
  domain: string;
  port: number;
  organisationId: string;
}

/** Answers requests as the server behind the address would: which instance, which method, who, and then the work. */
export class Gateway {
  constructor(
    private readonly instance: Instance,
    private readonly calls: Record<ApiOperation, Call>,
    private readonly directory: Directory,
    private readonly oauth: TokenEndpoint,
  ) {}

  answer(request: GatewayRequest): Answer | Promise<Answer> {
    const isOAuth = request.path.startsWith("/oauth/") || request.path.startsWith("/.well-known/");
    const { host = "" } = request.headers;
    const unknown = this.unknownHost(host);
    if (unknown !== undefined) {
      if (!isOAuth) return refusal(ApiError.plain(5, unknown));
      return { status: 404, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${unknown}\n` };
    }
    return isOAuth ? this.oauth.answer(request, `${this.instance.scheme}://${host}`) : this.call(request);
  }

  private call({ method, path, headers, body }: GatewayRequest): Answer {
    const route = routeOf(method, path);
    if ("refusal" in route) return refusal(route.refusal);
    const call = this.calls[route.operation];
    return answerOf(() => {
      const work = call.prepare(route.values, body);
      authorise(this.directory, this.instance.organisationId, headers, call.permission);
      return work();
    });
  }

  /** The host of a request decides which instance is meant, and there is only one. Its port does not matter. */
  private unknownHost(host: string): string | undefined {
    const { scheme, domain } = this.instance;
    if (host.replace(/:[0-9]*$/, "") === domain) return undefined;
    const advice = "Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains";
    const reason = `ID=QUERY-1kIjX Message=Instance not found. ${advice}`;
    return `unable to set instance using origin &{${host}  ${scheme}} (ExternalDomain is ${domain}): ${reason}`;
  }
}
