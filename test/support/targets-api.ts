import { call, openServer } from "./replay";

/** The path of ZITADEL's API for targets. */
export const TARGETS = "/v2/actions/targets";

/** What a create of a target answers. */
interface Created {
  id: string;
  creationDate: string;
  signingKey: string;
}

/** The server of a file of contract tests, and what the tests send to its API for targets. */
export function targetsApi() {
  let server: Awaited<ReturnType<typeof openServer>>;
  let names = 0;
  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server.close());

  const newName = () => `${server.prefix}-${++names}`;
  const send = (request: string, body?: unknown, headers?: Record<string, string>) =>
    call(server, request, body, headers);
  /** A create request that is good but for what is given; what is given as undefined is left out. */
  const wanted = (changes: object = {}) => ({
    name: newName(),
    restWebhook: {},
    endpoint: "https://example.com/hook",
    timeout: "10s",
    ...changes,
  });
  const create = async (changes: object = {}): Promise<Created> => {
    const answer = await send(`POST ${TARGETS}`, wanted(changes));
    expect(answer).toMatchObject({ status: 200 });
    return answer.body as Created;
  };
  return { server: () => server, newName, send, wanted, create };
}
