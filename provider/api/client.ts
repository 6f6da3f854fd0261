import { authenticate, storedAdvice, type TokenSource } from "./auth";
import type { Instance } from "./instance";
import {
  type ErrorCode,
  type ErrorFacts,
  oneLine,
  type Refusal,
  readRefusal,
  reasonOf,
  refused,
  sentence,
  ZitadelError,
  invalidToken,
} from "./errors";
import { connect, NoAnswer, type Send } from "./http";
import { isRecord, parseJson } from "./json";
import { secretsOf, withoutSecrets } from "./redact";
import { type Clock, isUndecided, persist, type Persisted, stoppable, systemClock } from "./retry";
import { Server } from "./server";

/** What a call uses of a zod schema. The declarations of the package must not need zod, which is not installed with it. */
interface Schema<Answer> {
  safeParse(answer: unknown): { readonly success: true; readonly data: Answer } | { readonly success: false };
}

/** One call of ZITADEL's API. */
export interface Call<Answer = Readonly<Record<string, unknown>>> {
  /** The operation, for programs: `create target`. */
  readonly operation: string;
  /** The operation, for messages, without the instance: `creating target "hook"`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it changes something (the default): the number of such calls in flight is limited. */
  readonly write?: boolean;
  /** Whether it may be sent again if it may have taken effect already (the default). */
  readonly repeatable?: boolean;
  /** The schema of its answer; without one, any JSON object is valid. */
  readonly answer?: Schema<Answer>;
  /** What to do if the answer does not match the schema. */
  readonly ifUnreadable?: string;
}

/** The operation of a call, for programs and for messages. */
export type Act = Pick<Call, "operation" | "what">;

/** The result of a call: its answer, or ZITADEL's refusal. */
export type Reply<Answer = Readonly<Record<string, unknown>>> = {
  /** Whether an earlier try of this call may have taken effect too. */
  readonly doubtful: boolean;
} & (
  { readonly body: Answer; readonly refusal?: undefined } | { readonly refusal: Refusal; readonly body?: undefined }
);

/** What a client can be given in place of its own. */
export interface ClientOptions {
  readonly send?: Send;
  readonly clock?: Clock;
  /** Ends everything, also the requests that are out. */
  readonly signal?: AbortSignal;
  /** Ends what waits, such as a pause before a retry. A request that is out gets its answer. */
  readonly stop?: AbortSignal;
  readonly server?: Server;
}

/** Talks to one instance: logs in, limits the writes in flight, retries if that is safe, and explains failures. */
export class ApiClient {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly server: Server;
  private readonly send: Send;
  private readonly tokens: TokenSource;
  private readonly signal: AbortSignal | undefined;
  private readonly stop: AbortSignal | undefined;
  /** Secrets that no message may contain, even if the server or a proxy sent them back. */
  private readonly secrets: Set<string>;

  constructor(instance: Instance, options: ClientOptions = {}) {
    this.instance = instance;
    this.server = options.server ?? new Server();
    const { clock = systemClock, stop } = options;
    this.clock = stop === undefined ? clock : stoppable(clock, stop);
    this.stop = stop;
    this.send = options.send ?? connect(instance);
    this.signal = options.signal;
    this.tokens = authenticate(instance, this.send, this.clock, this.signal);
    this.secrets = new Set(secretsOf(instance));
  }

  /** The server's clock, in milliseconds since 1970; `-Infinity` before its first answer. Ours may be off by hours. */
  serverNow(): number {
    return this.server.ahead + this.clock.now();
  }

  /**
   * Whether one of the server's dates is not before a time on our clock, give or take the second that the server leaves out of its own
   * time. `false` if the last answer did not give that: then nothing counts as written by us.
   */
  isSince(date: string, began: number): boolean {
    return this.server.ahead !== -Infinity && Date.parse(date) >= this.server.ahead + began - 1_000;
  }

  /** @throws {ZitadelError} unless the call succeeds. */
  async call<Answer>(call: Call<Answer>): Promise<Answer> {
    return this.answerIn(await this.ask(call), call);
  }

  /**
   * The answer in a reply.
   *
   * @param hint what to do if there is none.
   * @throws {ZitadelError} for a refusal.
   */
  answerIn<Answer>(reply: Reply<Answer>, call: Call<Answer>, hint = ""): Answer {
    if (reply.refusal !== undefined) throw this.refused(call, reply.refusal, hint);
    return reply.body;
  }

  /** @throws {ZitadelError} if there was no usable answer. A refusal is returned: the caller may know what it means. */
  async ask<Answer>(call: Call<Answer>): Promise<Reply<Answer>> {
    const { answer, doubtful } = await this.exchange(call);
    const { status, headers } = answer;
    const date = Date.parse(headers["date"] ?? "");
    this.server.ahead = Number.isNaN(date) ? -Infinity : date - this.clock.now();
    const body = parseJson(answer.body);
    if (status === 200 && isRecord(body)) return { doubtful, body: this.read(call, body) };
    if (isUndecided(answer) && call.repeatable === false) {
      const said = `a proxy answered ${status}, so the call may or may not have taken effect`;
      throw this.failed(call, "unanswered", said, "", { status });
    }
    if (status < 400) {
      const said =
        status < 300
          ? `something answered ${status} without ZITADEL's JSON (a proxy's login page?)`
          : `something answered ${status}, a redirect${hostOf(this.redact(headers["location"] ?? ""))}, and the provider never follows one with a credential`;
      const hint =
        "Check `zitadel-actions:domain`, `zitadel-actions:port` and `zitadel-actions:insecure`, and any proxy or gateway in front of the server.";
      throw this.failed(call, "unexpected_answer", said, hint, { status, doubtful });
    }
    const refusal = readRefusal(status, body, (text) => this.redact(text));
    // An execution on the response stops the call after the work is done, and a 500 does not say how far the server got.
    const isOpen = isUndecided(answer) || (call.write !== false && (refusal.code === "interrupted" || status === 500));
    return { doubtful, refusal: { ...refusal, doubtful: doubtful || isOpen } };
  }

  /** The error for a refusal. */
  refused(call: Act, refusal: Refusal, extra = ""): ZitadelError {
    const stored = refusal.code === "unauthenticated" ? storedAdvice(this.instance) : "";
    const hint = extra === "" && stored !== "" ? `${invalidToken} ${stored}` : extra;
    return refused(this.act(call), call.operation, refusal, this.redact(hint));
  }

  /** The error for a call that failed in another way. */
  failed(call: Act, code: ErrorCode, said: string, hint = "", facts: ErrorFacts = {}): ZitadelError {
    const message = sentence(this.act(call), this.redact(said), this.redact(hint));
    return new ZitadelError(code, message, { operation: call.operation, ...facts });
  }

  private read<Answer>(call: Call<Answer>, body: Readonly<Record<string, unknown>>): Answer {
    if (call.answer === undefined) return body as Answer;
    const result = call.answer.safeParse(body);
    if (result.success) return result.data;
    const said = "ZITADEL answered 200, but in a format that this version does not know";
    throw this.failed(call, "unexpected_answer", said, call.ifUnreadable, { status: 200 });
  }

  /** The operation and the instance, in a text of limited length: names and ids can be long, and may come from the server. */
  private act({ what }: Act): string {
    const { name, origin, issuer } = this.instance;
    const details = [
      ...(name === undefined ? [] : [`instance ${JSON.stringify(name)}`]),
      ...(issuer === origin ? [] : [`external domain ${issuer}`]),
    ];
    return `${oneLine(this.redact(what), 200)} on ${origin}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
  }

  private redact(text: string): string {
    return withoutSecrets(text, this.secrets);
  }

  private async exchange(call: Call<unknown>): Promise<Persisted> {
    let doubtful = false;
    try {
      const token = await this.tokens.token();
      const first = await this.persist(call, token);
      ({ doubtful } = first);
      const other = first.answer.status === 401 ? await this.tokens.renew(token) : undefined;
      if (other === undefined) return first;
      const second = await this.persist(call, other);
      return { answer: second.answer, doubtful: doubtful || second.doubtful };
    } catch (error) {
      throw this.explained(call, error, doubtful);
    }
  }

  private persist(call: Call<unknown>, token: string): Promise<Persisted> {
    this.secrets.add(token);
    const request = {
      method: call.method,
      path: call.path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(call.body !== undefined && { "content-type": "application/json" }),
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
    };
    const send = () => this.send(request, this.signal);
    const { write = true, repeatable = true } = call;
    const { maxConcurrentWrites } = this.instance;
    // A write whose turn came after the end.
    const inTurn = (hasWaited: boolean) =>
      hasWaited && this.stop?.aborted === true ? this.clock.sleep(0).then(send) : send();
    return persist(write ? () => this.server.writes.pass(maxConcurrentWrites, inTurn) : send, {
      repeatable,
      clock: this.clock,
      signal: this.signal,
    });
  }

  /** @param doubtful whether an earlier try of the call may have taken effect. */
  private explained(call: Call<unknown>, failure: unknown, doubtful: boolean): unknown {
    if (!(failure instanceof NoAnswer)) {
      if (!doubtful || !(failure instanceof ZitadelError)) return failure;
      const said = `a try got no complete answer, so the call may or may not have taken effect, and repeating it failed (${reasonOf(failure)})`;
      return this.failed(call, "unanswered", said, explanations.unanswered[2], { status: failure.status });
    }
    const { kind, code } = failure;
    const isWrite = call.write !== false;
    // Even if the answer to a write is too large, the write may have succeeded.
    const isOpen = kind !== "cancelled" && (doubtful || (kind === "oversized" && isWrite));
    const [error, said, hint] = explanations[isOpen ? "unanswered" : kind];
    // A removal can be undone in the program; then only a refresh asks for the object.
    const isRemoval = error === "unanswered" && /^(delete|remove)/.test(call.operation);
    const cause = { code, message: `no answer (${code})` };
    const undo = isRemoval ? " If you undo the removal in the program, run `pulumi refresh` first." : "";
    return this.failed(call, error, said.replace("CODE", code), `${hint ?? ""}${undo}`, {
      cause,
      doubtful: error === "unanswered" || (kind === "cancelled" && isWrite),
    });
  }
}

/** The messages for a call without an answer, and what to do. */
const explanations: Readonly<Record<NoAnswer["kind"], [code: ErrorCode, said: string, hint?: string]>> = {
  unsent: [
    "unreachable",
    "no connection (CODE)",
    "Check `zitadel-actions:domain`, `zitadel-actions:port`, the network and HTTPS_PROXY. Nothing was sent. A refresh or destroy alone uses the settings that the last run stored.",
  ],
  untrusted: [
    "unreachable",
    "the connection could not be secured (CODE)",
    "For a private certificate authority, run `pulumi config set zitadel-actions:caCertificateFile <file>`; for a server without TLS, run `pulumi config set zitadel-actions:insecure true`. Nothing was sent.",
  ],
  cancelled: ["cancelled", "it was cancelled"],
  oversized: [
    "unexpected_answer",
    "the answer is larger than any of ZITADEL's (CODE)",
    "Check `zitadel-actions:domain` and `zitadel-actions:port`, and any proxy or gateway in front of the server.",
  ],
  unanswered: [
    "unanswered",
    "no complete answer arrived (CODE), so the call may or may not have taken effect",
    "Run the same command again: it finds out.",
  ],
};

function hostOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? ` to ${new URL(location).host}` : "";
}
