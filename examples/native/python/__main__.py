import pulumi
import pulumi_zitadel_actions as zitadel

check = zitadel.Target(
    "check",
    endpoint="https://example.com/check",
    timeout="3s",
    rest_webhook={"interrupt_on_error": True},
)
zitadel.Execution(
    "sessions",
    condition={"request": {"method": "/zitadel.session.v2.SessionService/CreateSession"}},
    targets=[check.id],
)
pulumi.export("signingKey", check.signing_key)
