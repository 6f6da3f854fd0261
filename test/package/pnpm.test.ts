import { install, lifeOn, openPlace, type Place, type Project } from "../support/installed";

// The packed package, installed by pnpm in a new folder, from which only direct dependencies can be loaded.

jest.setTimeout(600_000);
let place: Place;
let project: Project;

beforeAll(async () => {
  place = await openPlace();
  project = await install(place, "pnpm", { "@pulumi/pulumi": "^3" });
});
afterAll(() => place.remove());

test("it serves programs in CommonJS and as ES modules", async () => {
  expect(await project.live([".", "esm"])).toEqual(lifeOn("24"));
});

test("its command runs", async () => {
  expect(await project.exec(["pulumi-zitadel-actions", "--help"])).toMatch(/^Usage: /);
});
