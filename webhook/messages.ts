import type { JsonObject } from "./json.ts";

/* eslint-disable @typescript-eslint/ban-ts-comment -- with the packages there is no error to expect, and without them there is one */

// The messages of ZITADEL's API, from the types of `@zitadel/proto`. Nothing here is loaded at run time. Both packages may be absent:
// then their imports are `any`, and every message is a JsonObject. The comments above the imports stay in the declarations, so that
// a compiler that checks declarations does not report the packages as missing either.

/** The services of version 2, each with its description. */
interface Services {
  /** @ts-ignore -- may be absent */
  "zitadel.feature.v2.FeatureService": typeof import("@zitadel/proto/zitadel/feature/v2/feature_service_pb").FeatureService;
  /** @ts-ignore -- may be absent */
  "zitadel.idp.v2.IdentityProviderService": typeof import("@zitadel/proto/zitadel/idp/v2/idp_service_pb").IdentityProviderService;
  /** @ts-ignore -- may be absent */
  "zitadel.oidc.v2.OIDCService": typeof import("@zitadel/proto/zitadel/oidc/v2/oidc_service_pb").OIDCService;
  /** @ts-ignore -- may be absent */
  "zitadel.org.v2.OrganizationService": typeof import("@zitadel/proto/zitadel/org/v2/org_service_pb").OrganizationService;
  /** @ts-ignore -- may be absent */
  "zitadel.saml.v2.SAMLService": typeof import("@zitadel/proto/zitadel/saml/v2/saml_service_pb").SAMLService;
  /** @ts-ignore -- may be absent */
  "zitadel.session.v2.SessionService": typeof import("@zitadel/proto/zitadel/session/v2/session_service_pb").SessionService;
  /** @ts-ignore -- may be absent */
  "zitadel.settings.v2.SettingsService": typeof import("@zitadel/proto/zitadel/settings/v2/settings_service_pb").SettingsService;
  /** @ts-ignore -- may be absent */
  "zitadel.user.v2.UserService": typeof import("@zitadel/proto/zitadel/user/v2/user_service_pb").UserService;
  /** @ts-ignore -- may be absent */
  "zitadel.webkey.v2.WebKeyService": typeof import("@zitadel/proto/zitadel/webkey/v2/webkey_service_pb").WebKeyService;
}

/** @ts-ignore -- may be absent */
type JsonOf<Message> = import("@bufbuild/protobuf").MessageJsonType<Message>;

/** Also for the type of what an import did not find: a condition on that itself would give that type again. */
type IsAny<Type> = { is: 0 } extends { is: Type } ? true : false;
type OrJson<Type> = IsAny<Type> extends true ? JsonObject : Type extends object ? Type : JsonObject;

type Side = "input" | "output";
type InService<Service, Name extends string, Of extends Side> =
  IsAny<Service> extends true
    ? JsonObject
    : Service extends { method: Record<Uncapitalize<Name>, Record<Of, infer Message>> }
      ? OrJson<JsonOf<Message>>
      : JsonObject;
type MessageOf<
  Method extends string,
  Of extends Side,
> = Method extends `/${infer Service extends keyof Services}/${infer Name}`
  ? InService<Services[Service], Name, Of>
  : JsonObject;

/**
 * The message that is sent to a method, as JSON. With `@zitadel/proto` and `@bufbuild/protobuf` installed, its members are known for
 * the services of version 2; otherwise it is a {@link JsonObject}.
 */
export type RequestMessage<Method extends string = string> = MessageOf<Method, "input">;

/** The same for a method's answer. */
export type ResponseMessage<Method extends string = string> = MessageOf<Method, "output">;
