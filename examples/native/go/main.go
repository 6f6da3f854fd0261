package main

import (
	"example.com/pulumi-zitadel-actions/sdk/go/zitadelactions"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		check, err := zitadelactions.NewTarget(ctx, "check", &zitadelactions.TargetArgs{
			Endpoint: pulumi.String("https://example.com/check"),
			Timeout:  pulumi.String("3s"),
			RestWebhook: &zitadelactions.TargetRestWebhookArgs{
				InterruptOnError: pulumi.Bool(true),
			},
		})
		if err != nil {
			return err
		}
		_, err = zitadelactions.NewExecution(ctx, "sessions", &zitadelactions.ExecutionArgs{
			Condition: &zitadelactions.ExecutionConditionArgs{
				Request: &zitadelactions.ExecutionConditionRequestArgs{
					Method: pulumi.String("/zitadel.session.v2.SessionService/CreateSession"),
				},
			},
			Targets: pulumi.StringArray{check.ID()},
		})
		if err != nil {
			return err
		}
		ctx.Export("signingKey", check.SigningKey)
		return nil
	})
}
