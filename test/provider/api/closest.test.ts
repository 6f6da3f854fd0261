import { FUNCTIONS, METHODS, SERVICES } from "../../../local/zitadel/executions/words";
import { closest } from "../../../provider/api/closest";

test.each<[string, Iterable<string>, string[]]>([
  ["preuserinfos", FUNCTIONS, ["preuserinfo"]],
  ["PREACCESSTOKEN", FUNCTIONS, ["preaccesstoken"]],
  ["presaml", FUNCTIONS, []],
  ["", FUNCTIONS, []],
  ["zitadel.session.v2.SesionService", SERVICES, ["zitadel.session.v2.SessionService"]],
  ["zitadel.action.v3.ActionService", SERVICES, ["zitadel.action.v2.ActionService"]],
])("what is most like %j", (word, words, [first]) => expect(closest(word, [...words])[0]).toBe(first));

test("the best comes first, and there are at most three", () => {
  const found = closest("/zitadel.session.v2.SessionService/GetSessions", [...METHODS]);
  expect(found).toHaveLength(3);
  expect(found[0]).toBe("/zitadel.session.v2.SessionService/GetSession");
  expect(new Set(found).size).toBe(3);
});

test.each([
  ["abc", "abc"],
  ["abcde", "abcd"],
  ["abcd", "abcde"],
  ["abcd", "abXd"],
  ["abcd", "bacd"],
])("%s and %s are alike", (one, other) => expect(closest(one, [other])).toEqual([other]));

test("three letters' difference in a short word are too many", () => expect(closest("abcd", ["aXYZ"])).toEqual([]));

test("so are two in a word of three", () => expect(closest("euu", ["us", "eu"])).toEqual(["eu"]));

test("a method with one letter put in, left out or changed finds what was meant", () => {
  const words = [...METHODS];
  for (let index = 0; index < words.length; index += 240) {
    const word = words[index] ?? "";
    const at = index % word.length;
    const [before, letter, after] = [word.slice(0, at), word.charAt(at), word.slice(at + 1)];
    for (const misspelt of [before + "x" + letter + after, before + after, before + "x" + after])
      expect(closest(misspelt, words)).toContain(word);
  }
});
