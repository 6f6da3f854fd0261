import { answerOf, refusal, success, type Answer } from "./answer";
import { authorise, checkPrintable, type Permission } from "./auth";
import type { Call, GatewayRequest, Instance } from "./call";
import type { OwnCalls } from "./delivery/own-calls";
import type { Triggers } from "./delivery/trigger";
import { ApiError } from "./errors";
import { TokenEndpoint } from "./oauth";
import type { ApiOperation } from "./operations";
import { routeOf } from "./routes";
import type { Directory, StoredUser } from "./users";

/** The only path that a real ZITADEL server does not have. */
const TRIGGER = "/local/trigger";

/** Answers requests as a real server does. Checks the instance, the method and the user, then carries out the call. */
export class Gateway {
  constructor(
    private readonly instance: Instance,
    private readonly calls: Record<ApiOperation, Call>,
    private readonly directory: Directory,
    private readonly oauth: TokenEndpoint,
    private readonly own: OwnCalls,
    private readonly triggers: Triggers,
  ) {}

  answer(request: GatewayRequest): Answer | Promise<Answer> {
    const isOAuth = request.path.startsWith("/oauth/");
    const host = one(request.headers["x-zitadel-instance-host"]) ?? request.headers.host ?? "";
    const publicHost =
      one(request.headers["x-zitadel-public-host"]) ?? one(request.headers["x-forwarded-host"]) ?? host;
    const unknown = this.unknownHost(host) ?? this.unknownHost(publicHost);
    if (unknown !== undefined) {
      if (!isOAuth) return refusal(ApiError.plain(5, unknown));
      return { status: 404, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${unknown}\n` };
    }
    if (isOAuth) return this.oauth.answer(request, `${this.instance.scheme}://${publicHost}`);
    return request.path === TRIGGER ? this.trigger(request) : this.call(request);
  }

  private call(request: GatewayRequest): Answer | Promise<Answer> {
    const route = routeOf(request.method, request.path);
    if ("refusal" in route) return refusal(route.refusal);
    const { operation, values } = route;
    const call = this.calls[operation];
    return answerOf(() => {
      const work = call.prepare(values, request.body);
      values.forEach(checkPrintable);
      const user = this.authorise(request, call.permission);
      const done = this.own.perform({ operation, values, call, work, request, user });
      return done instanceof Promise ? done.then(success) : success(done);
    });
  }

  private trigger(request: GatewayRequest): Answer | Promise<Answer> {
    if (request.method !== "POST") return refusal(ApiError.plain(12, "Method Not Allowed"));
    return answerOf(() => this.triggers.answer(request, this.authorise(request, "authenticated")));
  }

  private authorise({ headers }: GatewayRequest, permission: Permission): StoredUser {
    return authorise(this.directory, this.instance.organisationId, headers, permission);
  }

  /** Checks that the host of a request is that of the only instance. The port does not matter. */
  private unknownHost(host: string): string | undefined {
    const { scheme, domain } = this.instance;
    if (host.replace(/:[0-9]*$/, "") === domain) return undefined;
    const advice = "Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains";
    const reason = `ID=QUERY-1kIjX Message=Instance not found. ${advice}`;
    return `unable to set instance using origin &{${host}  ${scheme}} (ExternalDomain is ${domain}): ${reason}`;
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return header === undefined || header.length === 0 ? undefined : [header].flat()[0];
}
