import type { z } from "zod";
import { authenticate, storedAdvice, type TokenSource } from "./auth";
import type { Instance } from "./config";
import {
  type ErrorCode,
  type ErrorFacts,
  oneLine,
  type Refusal,
  readRefusal,
  refused,
  sentence,
  ZitadelError,
  invalidToken,
} from "./errors";
import { connect, NoAnswer, type Send } from "./http";
import { isRecord, parseJson } from "./json";
import { Ledger } from "./ledger";
import { secretsOf, withoutSecrets } from "./redact";
import { type Clock, isUndecided, persist, type Persisted, systemClock } from "./retry";

/** One call of ZITADEL's API, and what it answers. */
export interface Call<Answer = Readonly<Record<string, unknown>>> {
  /** What is done, for programs: `create target`. */
  readonly operation: string;
  /** What is done, for people, without the instance: `creating target "hook"`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Whether it changes something, as most do: such calls are bounded in number. */
  readonly write?: boolean;
  /** Whether it may be sent again when it is not known if it was carried out, as most may. */
  readonly repeatable?: boolean;
  /** The form of its answer; without one, any JSON object will do. */
  readonly answer?: z.ZodType<Answer>;
  /** What to do where the answer has another form. */
  readonly ifUnreadable?: string;
}

/** What is said of a call: what is done, for programs and for people. */
export type Act = Pick<Call, "operation" | "what">;

/** What came of a call: its answer, or ZITADEL's refusal. */
export type Reply<Answer = Readonly<Record<string, unknown>>> = {
  /** Whether an earlier try of this call may have been carried out too. */
  readonly doubtful: boolean;
} & (
  { readonly body: Answer; readonly refusal?: undefined } | { readonly refusal: Refusal; readonly body?: undefined }
);

/** Talks to one instance: logs in, bounds the writes in flight, tries again where that is safe, and explains failures. */
export class Client {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly ledger: Ledger;
  private readonly send: Send;
  private readonly tokens: TokenSource;
  private readonly signal: AbortSignal | undefined;
  /** What no message may repeat, should the server or a proxy have sent it back. */
  private readonly secrets: Set<string>;

  constructor(instance: Instance, options: { send?: Send; clock?: Clock; signal?: AbortSignal; ledger?: Ledger } = {}) {
    this.instance = instance;
    this.ledger = options.ledger ?? new Ledger();
    this.clock = options.clock ?? systemClock;
    this.send = options.send ?? connect(instance);
    this.signal = options.signal;
    this.tokens = authenticate(instance, this.send, this.clock, this.signal);
    this.secrets = new Set(secretsOf(instance));
  }

  /** The server's own clock, in milliseconds since 1970; `-Infinity` before its first answer. Ours may be off by hours. */
  serverNow(): number {
    return this.ledger.ahead + this.clock.now();
  }

  /**
   * When something began that our clock says began then, at the earliest, on the server's clock: in milliseconds since 1970. That
   * clock counts in whole seconds. Where the last answer did not tell it, nothing counts as ours.
   */
  onServerClock(began: number): number {
    return this.ledger.ahead === -Infinity ? Infinity : this.ledger.ahead + began - 1_000;
  }

  /** @throws {ZitadelError} for anything but a success. */
  async call<Answer>(call: Call<Answer>): Promise<Answer> {
    return this.answerIn(await this.ask(call), call);
  }

  /**
   * The answer in a reply.
   *
   * @param hint what to do where there is none.
   * @throws {ZitadelError} for a refusal.
   */
  answerIn<Answer>(reply: Reply<Answer>, call: Call<Answer>, hint = ""): Answer {
    if (reply.refusal !== undefined) throw this.refused(call, reply.refusal, hint);
    return reply.body;
  }

  /** @throws {ZitadelError} where there was no usable answer; a refusal is returned, for those who know what it means. */
  async ask<Answer>(call: Call<Answer>): Promise<Reply<Answer>> {
    const { answer, doubtful } = await this.exchange(call);
    const { status, headers } = answer;
    const date = Date.parse(headers["date"] ?? "");
    this.ledger.ahead = Number.isNaN(date) ? -Infinity : date - this.clock.now();
    const body = parseJson(answer.body);
    if (status === 200 && isRecord(body)) return { doubtful, body: this.read(call, body) };
    if (isUndecided(answer) && call.repeatable === false) {
      throw this.failed(call, "unanswered", `a proxy answered ${status}, so it is not known if it was done`, "", {
        status,
      });
    }
    if (status < 400) {
      const said =
        status < 300
          ? `something answered ${status} without ZITADEL's JSON (a log-in page of a proxy?)`
          : `something answered ${status}, a redirect${hostOf(this.redact(headers["location"] ?? ""))}, which is never followed with a credential`;
      const hint =
        "Check `zitadel:domain`, `zitadel:port` and `zitadel:insecure`, and what stands in front of the server.";
      throw this.failed(call, "unexpected_answer", said, hint, { status, doubtful });
    }
    const refusal = readRefusal(status, body, (text) => this.redact(text));
    // An execution on the response stops the call when the work is done; nor does a 500 say how far the server came.
    const isOpen = isUndecided(answer) || (call.write !== false && (refusal.code === "interrupted" || status === 500));
    return { doubtful, refusal: { ...refusal, doubtful: doubtful || isOpen } };
  }

  /** The error for a refusal that nothing else explains better. */
  refused(call: Act, refusal: Refusal, extra = ""): ZitadelError {
    const stored = refusal.code === "unauthenticated" ? storedAdvice(this.instance) : "";
    const hint = extra === "" && stored !== "" ? `${invalidToken} ${stored}` : extra;
    return refused(this.act(call), call.operation, refusal, this.redact(hint));
  }

  /** An error of this call that is no refusal. */
  failed(call: Act, code: ErrorCode, said: string, hint = "", facts: ErrorFacts = {}): ZitadelError {
    const message = sentence(this.act(call), this.redact(said), this.redact(hint));
    return new ZitadelError(code, message, { operation: call.operation, ...facts });
  }

  private read<Answer>(call: Call<Answer>, body: Readonly<Record<string, unknown>>): Answer {
    if (call.answer === undefined) return body as Answer;
    const result = call.answer.safeParse(body);
    if (result.success) return result.data;
    const said = "ZITADEL answered 200 in a form that this version does not know";
    throw this.failed(call, "unexpected_answer", said, call.ifUnreadable, { status: 200 });
  }

  /** What a call does, where, in words of bounded length: names and ids can be long, and may come from the server. */
  private act({ what }: Act): string {
    return `${oneLine(this.redact(what), 200)} on ${this.instance.origin}`;
  }

  private redact(text: string): string {
    return withoutSecrets(text, this.secrets);
  }

  private async exchange(call: Call<unknown>): Promise<Persisted> {
    try {
      const token = await this.tokens.token();
      const first = await this.persist(call, token);
      if (first.answer.status !== 401) return first;
      const other = await this.tokens.renew(token);
      if (other === undefined) return first;
      const second = await this.persist(call, other);
      return { answer: second.answer, doubtful: first.doubtful || second.doubtful };
    } catch (error) {
      throw error instanceof NoAnswer ? this.explained(call, error) : error;
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
    return persist(write ? () => this.ledger.writes.pass(maxConcurrentWrites, send) : send, {
      repeatable,
      clock: this.clock,
      signal: this.signal,
    });
  }

  private explained(call: Call<unknown>, { kind, code }: NoAnswer): ZitadelError {
    // Too large an answer to a write may be that of a success.
    const isOpen = kind === "oversized" && call.write !== false;
    const [error, said, hint] = explanations[isOpen ? "unanswered" : kind];
    const cause = { code, message: `no answer (${code})` };
    return this.failed(call, error, said.replace("CODE", code), hint, { cause });
  }
}

/** What to say of a call without an answer, and what to do. */
const explanations: Readonly<Record<NoAnswer["kind"], [code: ErrorCode, said: string, hint?: string]>> = {
  unsent: [
    "unreachable",
    "no connection (CODE)",
    "Check `zitadel:domain`, `zitadel:port`, the network and HTTPS_PROXY. Nothing was sent.",
  ],
  untrusted: [
    "unreachable",
    "the connection could not be secured (CODE)",
    "For a private certificate authority run `pulumi config set zitadel:caCertificateFile <file>`; for a server without TLS `pulumi config set zitadel:insecure true`. Nothing was sent.",
  ],
  cancelled: ["cancelled", "it was cancelled"],
  oversized: [
    "unexpected_answer",
    "more came than any answer of ZITADEL's (CODE)",
    "Check `zitadel:domain` and `zitadel:port`, and what stands in front of the server.",
  ],
  unanswered: [
    "unanswered",
    "no whole answer came (CODE), so it is not known if it was done",
    "Run the same command again: it finds out.",
  ],
};

function hostOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? ` to ${new URL(location).host}` : "";
}
