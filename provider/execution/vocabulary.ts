// Made by `npm run docs` from local/zitadel/executions/methods.json and event-types.json: change it there.

/** The services of ZITADEL's API that can trigger executions, each with its methods. */
interface Methods {
  "grpc.health.v1.Health":
    | "Check" | "List" | "Watch";
  "zitadel.action.v2.ActionService":
    | "ActivatePublicKey" | "AddPublicKey" | "CreateTarget" | "DeactivatePublicKey" | "DeleteTarget" | "GetTarget"
    | "ListExecutionFunctions" | "ListExecutionMethods" | "ListExecutionServices" | "ListExecutions" | "ListPublicKeys"
    | "ListTargets" | "RemovePublicKey" | "SetExecution" | "UpdateTarget";
  "zitadel.action.v2beta.ActionService":
    | "CreateTarget" | "DeleteTarget" | "GetTarget" | "ListExecutionFunctions" | "ListExecutionMethods"
    | "ListExecutionServices" | "ListExecutions" | "ListTargets" | "SetExecution" | "UpdateTarget";
  "zitadel.admin.v1.AdminService":
    | "ActivateEmailProvider" | "ActivateFeatureLoginDefaultOrg" | "ActivateLabelPolicy" | "ActivateSMSProvider"
    | "ActivateSMTPConfig" | "AddAppleProvider" | "AddAzureADProvider" | "AddCustomDomainPolicy" | "AddCustomOrgIAMPolicy"
    | "AddEmailProviderHTTP" | "AddEmailProviderSMTP" | "AddGenericOAuthProvider" | "AddGenericOIDCProvider"
    | "AddGitHubEnterpriseServerProvider" | "AddGitHubProvider" | "AddGitLabProvider" | "AddGitLabSelfHostedProvider"
    | "AddGoogleProvider" | "AddIAMMember" | "AddIDPToLoginPolicy" | "AddInstanceTrustedDomain" | "AddJWTIDP" | "AddJWTProvider"
    | "AddLDAPProvider" | "AddMultiFactorToLoginPolicy" | "AddNotificationPolicy" | "AddOIDCIDP" | "AddOIDCSettings"
    | "AddSAMLProvider" | "AddSMSProviderHTTP" | "AddSMSProviderTwilio" | "AddSMTPConfig" | "AddSecondFactorToLoginPolicy"
    | "AddZitadelProvider" | "DeactivateEmailProvider" | "DeactivateIDP" | "DeactivateSMSProvider" | "DeactivateSMTPConfig"
    | "DeleteProvider" | "ExportData" | "GetAllowedLanguages" | "GetCustomDomainClaimedMessageText" | "GetCustomDomainPolicy"
    | "GetCustomInitMessageText" | "GetCustomInviteUserMessageText" | "GetCustomLoginTexts" | "GetCustomOrgIAMPolicy"
    | "GetCustomPasswordChangeMessageText" | "GetCustomPasswordResetMessageText"
    | "GetCustomPasswordlessRegistrationMessageText" | "GetCustomVerifyEmailMessageText" | "GetCustomVerifyEmailOTPMessageText"
    | "GetCustomVerifyPhoneMessageText" | "GetCustomVerifySMSOTPMessageText" | "GetDefaultDomainClaimedMessageText"
    | "GetDefaultInitMessageText" | "GetDefaultInviteUserMessageText" | "GetDefaultLanguage" | "GetDefaultLoginTexts"
    | "GetDefaultOrg" | "GetDefaultPasswordChangeMessageText" | "GetDefaultPasswordResetMessageText"
    | "GetDefaultPasswordlessRegistrationMessageText" | "GetDefaultVerifyEmailMessageText"
    | "GetDefaultVerifyEmailOTPMessageText" | "GetDefaultVerifyPhoneMessageText" | "GetDefaultVerifySMSOTPMessageText"
    | "GetDomainPolicy" | "GetEmailProvider" | "GetEmailProviderById" | "GetFileSystemNotificationProvider" | "GetIDPByID"
    | "GetLabelPolicy" | "GetLockoutPolicy" | "GetLogNotificationProvider" | "GetLoginPolicy" | "GetMyInstance"
    | "GetNotificationPolicy" | "GetOIDCSettings" | "GetOrgByID" | "GetOrgIAMPolicy" | "GetPasswordAgePolicy"
    | "GetPasswordComplexityPolicy" | "GetPreviewLabelPolicy" | "GetPrivacyPolicy" | "GetProviderByID" | "GetRestrictions"
    | "GetSMSProvider" | "GetSMTPConfig" | "GetSMTPConfigById" | "GetSecretGenerator" | "GetSecurityPolicy"
    | "GetSupportedLanguages" | "Healthz" | "ImportData" | "IsOrgUnique" | "ListAggregateTypes" | "ListEmailProviders"
    | "ListEventTypes" | "ListEvents" | "ListFailedEvents" | "ListIAMMemberRoles" | "ListIAMMembers" | "ListIDPs"
    | "ListInstanceDomains" | "ListInstanceTrustedDomains" | "ListLoginPolicyIDPs" | "ListLoginPolicyMultiFactors"
    | "ListLoginPolicySecondFactors" | "ListMilestones" | "ListOrgs" | "ListProviders" | "ListSMSProviders" | "ListSMTPConfigs"
    | "ListSecretGenerators" | "ListViews" | "MigrateGenericOIDCProvider" | "ReactivateIDP"
    | "RegenerateSAMLProviderCertificate" | "RemoveEmailProvider" | "RemoveFailedEvent" | "RemoveIAMMember" | "RemoveIDP"
    | "RemoveIDPFromLoginPolicy" | "RemoveInstanceTrustedDomain" | "RemoveLabelPolicyFont" | "RemoveLabelPolicyIcon"
    | "RemoveLabelPolicyIconDark" | "RemoveLabelPolicyLogo" | "RemoveLabelPolicyLogoDark" | "RemoveMultiFactorFromLoginPolicy"
    | "RemoveOrg" | "RemoveSMSProvider" | "RemoveSMTPConfig" | "RemoveSecondFactorFromLoginPolicy"
    | "ResetCustomDomainClaimedMessageTextToDefault" | "ResetCustomDomainPolicyToDefault"
    | "ResetCustomInitMessageTextToDefault" | "ResetCustomInviteUserMessageTextToDefault" | "ResetCustomLoginTextToDefault"
    | "ResetCustomOrgIAMPolicyToDefault" | "ResetCustomPasswordChangeMessageTextToDefault"
    | "ResetCustomPasswordResetMessageTextToDefault" | "ResetCustomPasswordlessRegistrationMessageTextToDefault"
    | "ResetCustomVerifyEmailMessageTextToDefault" | "ResetCustomVerifyEmailOTPMessageTextToDefault"
    | "ResetCustomVerifyPhoneMessageTextToDefault" | "ResetCustomVerifySMSOTPMessageTextToDefault" | "SetCustomLoginText"
    | "SetDefaultDomainClaimedMessageText" | "SetDefaultInitMessageText" | "SetDefaultInviteUserMessageText"
    | "SetDefaultLanguage" | "SetDefaultOrg" | "SetDefaultPasswordChangeMessageText" | "SetDefaultPasswordResetMessageText"
    | "SetDefaultPasswordlessRegistrationMessageText" | "SetDefaultVerifyEmailMessageText"
    | "SetDefaultVerifyEmailOTPMessageText" | "SetDefaultVerifyPhoneMessageText" | "SetDefaultVerifySMSOTPMessageText"
    | "SetRestrictions" | "SetSecurityPolicy" | "SetUpOrg" | "TestEmailProviderSMTP" | "TestEmailProviderSMTPById"
    | "TestSMTPConfig" | "TestSMTPConfigById" | "UpdateAppleProvider" | "UpdateAzureADProvider" | "UpdateCustomDomainPolicy"
    | "UpdateCustomOrgIAMPolicy" | "UpdateDomainPolicy" | "UpdateEmailProviderHTTP" | "UpdateEmailProviderSMTP"
    | "UpdateEmailProviderSMTPPassword" | "UpdateGenericOAuthProvider" | "UpdateGenericOIDCProvider"
    | "UpdateGitHubEnterpriseServerProvider" | "UpdateGitHubProvider" | "UpdateGitLabProvider"
    | "UpdateGitLabSelfHostedProvider" | "UpdateGoogleProvider" | "UpdateIAMMember" | "UpdateIDP" | "UpdateIDPJWTConfig"
    | "UpdateIDPOIDCConfig" | "UpdateJWTProvider" | "UpdateLDAPProvider" | "UpdateLabelPolicy" | "UpdateLockoutPolicy"
    | "UpdateLoginPolicy" | "UpdateNotificationPolicy" | "UpdateOIDCSettings" | "UpdateOrgIAMPolicy" | "UpdatePasswordAgePolicy"
    | "UpdatePasswordComplexityPolicy" | "UpdatePrivacyPolicy" | "UpdateSAMLProvider" | "UpdateSMSProviderHTTP"
    | "UpdateSMSProviderTwilio" | "UpdateSMSProviderTwilioToken" | "UpdateSMTPConfig" | "UpdateSMTPConfigPassword"
    | "UpdateSecretGenerator" | "UpdateZitadelProvider";
  "zitadel.app.v2beta.AppService":
    | "CreateApplication" | "CreateApplicationKey" | "DeactivateApplication" | "DeleteApplication" | "DeleteApplicationKey"
    | "GetApplication" | "GetApplicationKey" | "ListApplicationKeys" | "ListApplications" | "ReactivateApplication"
    | "RegenerateClientSecret" | "UpdateApplication";
  "zitadel.application.v2.ApplicationService":
    | "CreateApplication" | "CreateApplicationKey" | "DeactivateApplication" | "DeleteApplication" | "DeleteApplicationKey"
    | "GenerateClientSecret" | "GetApplication" | "GetApplicationKey" | "ListApplicationKeys" | "ListApplications"
    | "ReactivateApplication" | "UpdateApplication";
  "zitadel.auth.v1.AuthService":
    | "AddMyAuthFactorOTP" | "AddMyAuthFactorOTPEmail" | "AddMyAuthFactorOTPSMS" | "AddMyAuthFactorU2F" | "AddMyPasswordless"
    | "AddMyPasswordlessLink" | "GetMyEmail" | "GetMyLabelPolicy" | "GetMyLoginPolicy" | "GetMyMetadata"
    | "GetMyPasswordComplexityPolicy" | "GetMyPhone" | "GetMyPrivacyPolicy" | "GetMyProfile" | "GetMyUser"
    | "GetSupportedLanguages" | "Healthz" | "ListMyAuthFactors" | "ListMyLinkedIDPs" | "ListMyMemberships" | "ListMyMetadata"
    | "ListMyPasswordless" | "ListMyProjectOrgs" | "ListMyProjectPermissions" | "ListMyRefreshTokens" | "ListMyUserChanges"
    | "ListMyUserGrants" | "ListMyUserSessions" | "ListMyZitadelPermissions" | "RemoveMyAuthFactorOTP"
    | "RemoveMyAuthFactorOTPEmail" | "RemoveMyAuthFactorOTPSMS" | "RemoveMyAuthFactorU2F" | "RemoveMyAvatar"
    | "RemoveMyLinkedIDP" | "RemoveMyPasswordless" | "RemoveMyPhone" | "RemoveMyUser" | "ResendMyEmailVerification"
    | "ResendMyPhoneVerification" | "RevokeAllMyRefreshTokens" | "RevokeMyRefreshToken" | "SendMyPasswordlessLink"
    | "SetMyEmail" | "SetMyPhone" | "UpdateMyPassword" | "UpdateMyProfile" | "UpdateMyUserName" | "VerifyMyAuthFactorOTP"
    | "VerifyMyAuthFactorU2F" | "VerifyMyEmail" | "VerifyMyPasswordless" | "VerifyMyPhone";
  "zitadel.authorization.v2.AuthorizationService":
    | "ActivateAuthorization" | "CreateAuthorization" | "DeactivateAuthorization" | "DeleteAuthorization" | "ListAuthorizations"
    | "UpdateAuthorization";
  "zitadel.authorization.v2beta.AuthorizationService":
    | "ActivateAuthorization" | "CreateAuthorization" | "DeactivateAuthorization" | "DeleteAuthorization" | "ListAuthorizations"
    | "UpdateAuthorization";
  "zitadel.feature.v2.FeatureService":
    | "GetInstanceFeatures" | "GetOrganizationFeatures" | "GetSystemFeatures" | "GetUserFeatures" | "ResetInstanceFeatures"
    | "ResetOrganizationFeatures" | "ResetSystemFeatures" | "ResetUserFeatures" | "SetInstanceFeatures"
    | "SetOrganizationFeatures" | "SetSystemFeatures" | "SetUserFeatures";
  "zitadel.feature.v2beta.FeatureService":
    | "GetInstanceFeatures" | "GetOrganizationFeatures" | "GetSystemFeatures" | "GetUserFeatures" | "ResetInstanceFeatures"
    | "ResetOrganizationFeatures" | "ResetSystemFeatures" | "ResetUserFeatures" | "SetInstanceFeatures"
    | "SetOrganizationFeatures" | "SetSystemFeatures" | "SetUserFeatures";
  "zitadel.group.v2.GroupService":
    | "AddUsersToGroup" | "CreateGroup" | "DeleteGroup" | "GetGroup" | "ListGroupUsers" | "ListGroups" | "RemoveUsersFromGroup"
    | "UpdateGroup";
  "zitadel.idp.v2.IdentityProviderService":
    | "GetIDPByID";
  "zitadel.instance.v2.InstanceService":
    | "AddCustomDomain" | "AddTrustedDomain" | "DeleteInstance" | "GetInstance" | "ListCustomDomains" | "ListInstances"
    | "ListTrustedDomains" | "RemoveCustomDomain" | "RemoveTrustedDomain" | "UpdateInstance";
  "zitadel.instance.v2beta.InstanceService":
    | "AddCustomDomain" | "AddTrustedDomain" | "DeleteInstance" | "GetInstance" | "ListCustomDomains" | "ListInstances"
    | "ListTrustedDomains" | "RemoveCustomDomain" | "RemoveTrustedDomain" | "UpdateInstance";
  "zitadel.internal_permission.v2.InternalPermissionService":
    | "CreateAdministrator" | "DeleteAdministrator" | "ListAdministrators" | "UpdateAdministrator";
  "zitadel.internal_permission.v2beta.InternalPermissionService":
    | "CreateAdministrator" | "DeleteAdministrator" | "ListAdministrators" | "UpdateAdministrator";
  "zitadel.management.v1.ManagementService":
    | "ActivateCustomLabelPolicy" | "AddAPIApp" | "AddAppKey" | "AddAppleProvider" | "AddAzureADProvider"
    | "AddCustomLabelPolicy" | "AddCustomLockoutPolicy" | "AddCustomLoginPolicy" | "AddCustomNotificationPolicy"
    | "AddCustomPasswordAgePolicy" | "AddCustomPasswordComplexityPolicy" | "AddCustomPrivacyPolicy" | "AddGenericOAuthProvider"
    | "AddGenericOIDCProvider" | "AddGitHubEnterpriseServerProvider" | "AddGitHubProvider" | "AddGitLabProvider"
    | "AddGitLabSelfHostedProvider" | "AddGoogleProvider" | "AddHumanUser" | "AddIDPToLoginPolicy" | "AddJWTProvider"
    | "AddLDAPProvider" | "AddMachineKey" | "AddMachineUser" | "AddMultiFactorToLoginPolicy" | "AddOIDCApp" | "AddOrg"
    | "AddOrgDomain" | "AddOrgJWTIDP" | "AddOrgMember" | "AddOrgOIDCIDP" | "AddPasswordlessRegistration"
    | "AddPersonalAccessToken" | "AddProject" | "AddProjectGrant" | "AddProjectGrantMember" | "AddProjectMember"
    | "AddProjectRole" | "AddSAMLApp" | "AddSAMLProvider" | "AddSecondFactorToLoginPolicy" | "AddUserGrant"
    | "AddZitadelProvider" | "BulkAddProjectRoles" | "BulkRemoveOrgMetadata" | "BulkRemoveUserGrant" | "BulkRemoveUserMetadata"
    | "BulkSetOrgMetadata" | "BulkSetUserMetadata" | "ClearFlow" | "CreateAction" | "DeactivateAction" | "DeactivateApp"
    | "DeactivateOrg" | "DeactivateOrgIDP" | "DeactivateProject" | "DeactivateProjectGrant" | "DeactivateUser"
    | "DeactivateUserGrant" | "DeleteAction" | "DeleteProvider" | "GenerateMachineSecret" | "GenerateOrgDomainValidation"
    | "GetAction" | "GetAppByID" | "GetAppKey" | "GetCustomDomainClaimedMessageText" | "GetCustomInitMessageText"
    | "GetCustomInviteUserMessageText" | "GetCustomLoginTexts" | "GetCustomPasswordChangeMessageText"
    | "GetCustomPasswordResetMessageText" | "GetCustomPasswordlessRegistrationMessageText" | "GetCustomVerifyEmailMessageText"
    | "GetCustomVerifyEmailOTPMessageText" | "GetCustomVerifyPhoneMessageText" | "GetCustomVerifySMSOTPMessageText"
    | "GetDefaultDomainClaimedMessageText" | "GetDefaultInitMessageText" | "GetDefaultInviteUserMessageText"
    | "GetDefaultLabelPolicy" | "GetDefaultLockoutPolicy" | "GetDefaultLoginPolicy" | "GetDefaultLoginTexts"
    | "GetDefaultNotificationPolicy" | "GetDefaultPasswordAgePolicy" | "GetDefaultPasswordChangeMessageText"
    | "GetDefaultPasswordComplexityPolicy" | "GetDefaultPasswordResetMessageText"
    | "GetDefaultPasswordlessRegistrationMessageText" | "GetDefaultPrivacyPolicy" | "GetDefaultVerifyEmailMessageText"
    | "GetDefaultVerifyEmailOTPMessageText" | "GetDefaultVerifyPhoneMessageText" | "GetDefaultVerifySMSOTPMessageText"
    | "GetDomainPolicy" | "GetFlow" | "GetGrantedProjectByID" | "GetHumanEmail" | "GetHumanPhone" | "GetHumanProfile" | "GetIAM"
    | "GetLabelPolicy" | "GetLockoutPolicy" | "GetLoginPolicy" | "GetMachineKeyByIDs" | "GetMyOrg" | "GetNotificationPolicy"
    | "GetOIDCInformation" | "GetOrgByDomainGlobal" | "GetOrgIAMPolicy" | "GetOrgIDPByID" | "GetOrgMetadata"
    | "GetPasswordAgePolicy" | "GetPasswordComplexityPolicy" | "GetPersonalAccessTokenByIDs" | "GetPreviewLabelPolicy"
    | "GetPrivacyPolicy" | "GetProjectByID" | "GetProjectGrantByID" | "GetProviderByID" | "GetSupportedLanguages"
    | "GetUserByID" | "GetUserByLoginNameGlobal" | "GetUserGrantByID" | "GetUserMetadata" | "Healthz" | "ImportHumanUser"
    | "IsUserUnique" | "ListActions" | "ListAllProjectGrants" | "ListAppChanges" | "ListAppKeys" | "ListApps"
    | "ListFlowTriggerTypes" | "ListFlowTypes" | "ListGrantedProjectRoles" | "ListGrantedProjects" | "ListHumanAuthFactors"
    | "ListHumanLinkedIDPs" | "ListHumanPasswordless" | "ListLoginPolicyIDPs" | "ListLoginPolicyMultiFactors"
    | "ListLoginPolicySecondFactors" | "ListMachineKeys" | "ListOrgChanges" | "ListOrgDomains" | "ListOrgIDPs"
    | "ListOrgMemberRoles" | "ListOrgMembers" | "ListOrgMetadata" | "ListPersonalAccessTokens" | "ListProjectChanges"
    | "ListProjectGrantChanges" | "ListProjectGrantMemberRoles" | "ListProjectGrantMembers" | "ListProjectGrants"
    | "ListProjectMemberRoles" | "ListProjectMembers" | "ListProjectRoles" | "ListProjects" | "ListProviders"
    | "ListUserChanges" | "ListUserGrants" | "ListUserMemberships" | "ListUserMetadata" | "ListUsers" | "LockUser"
    | "MigrateGenericOIDCProvider" | "ReactivateAction" | "ReactivateApp" | "ReactivateOrg" | "ReactivateOrgIDP"
    | "ReactivateProject" | "ReactivateProjectGrant" | "ReactivateUser" | "ReactivateUserGrant" | "RegenerateAPIClientSecret"
    | "RegenerateOIDCClientSecret" | "RegenerateSAMLProviderCertificate" | "RemoveApp" | "RemoveAppKey"
    | "RemoveCustomLabelPolicyFont" | "RemoveCustomLabelPolicyIcon" | "RemoveCustomLabelPolicyIconDark"
    | "RemoveCustomLabelPolicyLogo" | "RemoveCustomLabelPolicyLogoDark" | "RemoveHumanAuthFactorOTP"
    | "RemoveHumanAuthFactorOTPEmail" | "RemoveHumanAuthFactorOTPSMS" | "RemoveHumanAuthFactorU2F" | "RemoveHumanAvatar"
    | "RemoveHumanLinkedIDP" | "RemoveHumanPasswordless" | "RemoveHumanPhone" | "RemoveIDPFromLoginPolicy" | "RemoveMachineKey"
    | "RemoveMachineSecret" | "RemoveMultiFactorFromLoginPolicy" | "RemoveOrg" | "RemoveOrgDomain" | "RemoveOrgIDP"
    | "RemoveOrgMember" | "RemoveOrgMetadata" | "RemovePersonalAccessToken" | "RemoveProject" | "RemoveProjectGrant"
    | "RemoveProjectGrantMember" | "RemoveProjectMember" | "RemoveProjectRole" | "RemoveSecondFactorFromLoginPolicy"
    | "RemoveUser" | "RemoveUserGrant" | "RemoveUserMetadata" | "ResendHumanEmailVerification" | "ResendHumanInitialization"
    | "ResendHumanPhoneVerification" | "ResetCustomDomainClaimedMessageTextToDefault" | "ResetCustomInitMessageTextToDefault"
    | "ResetCustomInviteUserMessageTextToDefault" | "ResetCustomLoginTextToDefault"
    | "ResetCustomPasswordChangeMessageTextToDefault" | "ResetCustomPasswordResetMessageTextToDefault"
    | "ResetCustomPasswordlessRegistrationMessageTextToDefault" | "ResetCustomVerifyEmailMessageTextToDefault"
    | "ResetCustomVerifyEmailOTPMessageTextToDefault" | "ResetCustomVerifyPhoneMessageTextToDefault"
    | "ResetCustomVerifySMSOTPMessageTextToDefault" | "ResetLabelPolicyToDefault" | "ResetLockoutPolicyToDefault"
    | "ResetLoginPolicyToDefault" | "ResetNotificationPolicyToDefault" | "ResetPasswordAgePolicyToDefault"
    | "ResetPasswordComplexityPolicyToDefault" | "ResetPrivacyPolicyToDefault" | "SendHumanResetPasswordNotification"
    | "SendPasswordlessRegistration" | "SetCustomDomainClaimedMessageCustomText" | "SetCustomInitMessageText"
    | "SetCustomInviteUserMessageCustomText" | "SetCustomLoginText" | "SetCustomPasswordChangeMessageCustomText"
    | "SetCustomPasswordResetMessageText" | "SetCustomPasswordlessRegistrationMessageCustomText"
    | "SetCustomVerifyEmailMessageText" | "SetCustomVerifyEmailOTPMessageText" | "SetCustomVerifyPhoneMessageText"
    | "SetCustomVerifySMSOTPMessageText" | "SetHumanInitialPassword" | "SetHumanPassword" | "SetOrgMetadata"
    | "SetPrimaryOrgDomain" | "SetTriggerActions" | "SetUserMetadata" | "UnlockUser" | "UpdateAPIAppConfig" | "UpdateAction"
    | "UpdateApp" | "UpdateAppleProvider" | "UpdateAzureADProvider" | "UpdateCustomLabelPolicy" | "UpdateCustomLockoutPolicy"
    | "UpdateCustomLoginPolicy" | "UpdateCustomNotificationPolicy" | "UpdateCustomPasswordAgePolicy"
    | "UpdateCustomPasswordComplexityPolicy" | "UpdateCustomPrivacyPolicy" | "UpdateGenericOAuthProvider"
    | "UpdateGenericOIDCProvider" | "UpdateGitHubEnterpriseServerProvider" | "UpdateGitHubProvider" | "UpdateGitLabProvider"
    | "UpdateGitLabSelfHostedProvider" | "UpdateGoogleProvider" | "UpdateHumanEmail" | "UpdateHumanPhone" | "UpdateHumanProfile"
    | "UpdateJWTProvider" | "UpdateLDAPProvider" | "UpdateMachine" | "UpdateOIDCAppConfig" | "UpdateOrg" | "UpdateOrgIDP"
    | "UpdateOrgIDPJWTConfig" | "UpdateOrgIDPOIDCConfig" | "UpdateOrgMember" | "UpdateProject" | "UpdateProjectGrant"
    | "UpdateProjectGrantMember" | "UpdateProjectMember" | "UpdateProjectRole" | "UpdateSAMLAppConfig" | "UpdateSAMLProvider"
    | "UpdateUserGrant" | "UpdateUserName" | "UpdateZitadelProvider" | "ValidateOrgDomain";
  "zitadel.oidc.v2.OIDCService":
    | "AuthorizeOrDenyDeviceAuthorization" | "CreateCallback" | "GetAuthRequest" | "GetDeviceAuthorizationRequest";
  "zitadel.oidc.v2beta.OIDCService":
    | "CreateCallback" | "GetAuthRequest";
  "zitadel.org.v2.OrganizationService":
    | "ActivateOrganization" | "AddOrganization" | "AddOrganizationDomain" | "DeactivateOrganization" | "DeleteOrganization"
    | "DeleteOrganizationDomain" | "DeleteOrganizationMetadata" | "GenerateOrganizationDomainValidation"
    | "ListOrganizationDomains" | "ListOrganizationMetadata" | "ListOrganizations" | "SetOrganizationMetadata"
    | "UpdateOrganization" | "VerifyOrganizationDomain";
  "zitadel.org.v2beta.OrganizationService":
    | "ActivateOrganization" | "AddOrganizationDomain" | "CreateOrganization" | "DeactivateOrganization" | "DeleteOrganization"
    | "DeleteOrganizationDomain" | "DeleteOrganizationMetadata" | "GenerateOrganizationDomainValidation"
    | "ListOrganizationDomains" | "ListOrganizationMetadata" | "ListOrganizations" | "SetOrganizationMetadata"
    | "UpdateOrganization" | "VerifyOrganizationDomain";
  "zitadel.project.v2.ProjectService":
    | "ActivateProject" | "ActivateProjectGrant" | "AddProjectRole" | "CreateProject" | "CreateProjectGrant"
    | "DeactivateProject" | "DeactivateProjectGrant" | "DeleteProject" | "DeleteProjectGrant" | "GetProject"
    | "ListProjectGrants" | "ListProjectRoles" | "ListProjects" | "RemoveProjectRole" | "UpdateProject" | "UpdateProjectGrant"
    | "UpdateProjectRole";
  "zitadel.project.v2beta.ProjectService":
    | "ActivateProject" | "ActivateProjectGrant" | "AddProjectRole" | "CreateProject" | "CreateProjectGrant"
    | "DeactivateProject" | "DeactivateProjectGrant" | "DeleteProject" | "DeleteProjectGrant" | "GetProject"
    | "ListProjectGrants" | "ListProjectRoles" | "ListProjects" | "RemoveProjectRole" | "UpdateProject" | "UpdateProjectGrant"
    | "UpdateProjectRole";
  "zitadel.resources.debug_events.v3alpha.ZITADELDebugEvents":
    | "CreateDebugEvents" | "GetDebugEventsStateById" | "ListDebugEventsStates";
  "zitadel.resources.user.v3alpha.ZITADELUsers":
    | "ActivateUser" | "AddIDPAuthenticator" | "AddOTPEmailAuthenticator" | "AddOTPSMSAuthenticator" | "AddUsername"
    | "CreateUser" | "CreateWebAuthNRegistrationLink" | "DeactivateUser" | "DeleteUser" | "GetIdentityProviderIntent"
    | "GetUser" | "LockUser" | "PatchUser" | "RemoveIDPAuthenticator" | "RemoveOTPEmailAuthenticator"
    | "RemoveOTPSMSAuthenticator" | "RemoveTOTPAuthenticator" | "RemoveUsername" | "RemoveWebAuthNAuthenticator"
    | "RequestPasswordReset" | "ResendContactEmailCode" | "ResendContactPhoneCode" | "SearchUsers" | "SetContactEmail"
    | "SetContactPhone" | "SetPassword" | "StartIdentityProviderIntent" | "StartTOTPRegistration" | "StartWebAuthNRegistration"
    | "UnlockUser" | "VerifyContactEmail" | "VerifyContactPhone" | "VerifyOTPEmailRegistration" | "VerifyOTPSMSRegistration"
    | "VerifyTOTPRegistration" | "VerifyWebAuthNRegistration";
  "zitadel.resources.userschema.v3alpha.ZITADELUserSchemas":
    | "CreateUserSchema" | "DeactivateUserSchema" | "DeleteUserSchema" | "GetUserSchema" | "PatchUserSchema"
    | "ReactivateUserSchema" | "SearchUserSchemas";
  "zitadel.saml.v2.SAMLService":
    | "CreateResponse" | "GetSAMLRequest";
  "zitadel.session.v2.SessionService":
    | "CreateSession" | "DeleteSession" | "GetSession" | "ListSessions" | "SetSession";
  "zitadel.session.v2beta.SessionService":
    | "CreateSession" | "DeleteSession" | "GetSession" | "ListSessions" | "SetSession";
  "zitadel.settings.v2.SettingsService":
    | "DeleteOrganizationSettings" | "GetActiveIdentityProviders" | "GetBrandingSettings" | "GetDomainSettings"
    | "GetEffectiveSettings" | "GetGeneralSettings" | "GetHostedLoginTranslation" | "GetLegalAndSupportSettings"
    | "GetLinkSettings" | "GetLockoutSettings" | "GetLoginSettings" | "GetPasswordComplexitySettings"
    | "GetPasswordExpirySettings" | "GetSecuritySettings" | "ListOrganizationSettings" | "ResetLinkSettings"
    | "SetHostedLoginTranslation" | "SetLinkSettings" | "SetOrganizationSettings" | "SetSecuritySettings";
  "zitadel.settings.v2beta.SettingsService":
    | "DeleteOrganizationSettings" | "GetActiveIdentityProviders" | "GetBrandingSettings" | "GetDomainSettings"
    | "GetGeneralSettings" | "GetLegalAndSupportSettings" | "GetLockoutSettings" | "GetLoginSettings"
    | "GetPasswordComplexitySettings" | "GetPasswordExpirySettings" | "GetSecuritySettings" | "ListOrganizationSettings"
    | "SetOrganizationSettings" | "SetSecuritySettings";
  "zitadel.system.v1.SystemService":
    | "AddDomain" | "AddInstance" | "AddQuota" | "BulkSetLimits" | "ClearView" | "CreateInstance" | "ExistsDomain"
    | "GetInstance" | "Healthz" | "ListDomains" | "ListFailedEvents" | "ListIAMMembers" | "ListInstances" | "ListViews"
    | "RemoveDomain" | "RemoveFailedEvent" | "RemoveInstance" | "RemoveQuota" | "ResetLimits" | "SetInstanceFeature"
    | "SetLimits" | "SetPrimaryDomain" | "SetQuota" | "UpdateInstance";
  "zitadel.user.v2.UserService":
    | "AddHumanUser" | "AddIDPLink" | "AddKey" | "AddOTPEmail" | "AddOTPSMS" | "AddPersonalAccessToken" | "AddSecret"
    | "CreateInviteCode" | "CreatePasskeyRegistrationLink" | "CreateUser" | "DeactivateUser" | "DeleteUser"
    | "DeleteUserMetadata" | "GenerateRecoveryCodes" | "GetUserByID" | "HumanMFAInitSkipped" | "ListAuthenticationFactors"
    | "ListAuthenticationMethodTypes" | "ListIDPLinks" | "ListKeys" | "ListPasskeys" | "ListPersonalAccessTokens"
    | "ListUserMetadata" | "ListUsers" | "LockUser" | "PasswordReset" | "ReactivateUser" | "RegisterPasskey" | "RegisterTOTP"
    | "RegisterU2F" | "RemoveIDPLink" | "RemoveKey" | "RemoveOTPEmail" | "RemoveOTPSMS" | "RemovePasskey"
    | "RemovePersonalAccessToken" | "RemovePhone" | "RemoveRecoveryCodes" | "RemoveSecret" | "RemoveTOTP" | "RemoveU2F"
    | "ResendEmailCode" | "ResendInviteCode" | "ResendPhoneCode" | "RetrieveIdentityProviderIntent" | "SendEmailCode"
    | "SetEmail" | "SetPassword" | "SetPhone" | "SetUserMetadata" | "StartIdentityProviderIntent" | "UnlockUser"
    | "UpdateHumanUser" | "UpdateUser" | "VerifyEmail" | "VerifyInviteCode" | "VerifyPasskeyRegistration" | "VerifyPhone"
    | "VerifyTOTPRegistration" | "VerifyU2FRegistration";
  "zitadel.user.v2beta.UserService":
    | "AddHumanUser" | "AddIDPLink" | "AddOTPEmail" | "AddOTPSMS" | "CreatePasskeyRegistrationLink" | "DeactivateUser"
    | "DeleteUser" | "GetUserByID" | "ListAuthenticationMethodTypes" | "ListUsers" | "LockUser" | "PasswordReset"
    | "ReactivateUser" | "RegisterPasskey" | "RegisterTOTP" | "RegisterU2F" | "RemoveOTPEmail" | "RemoveOTPSMS" | "RemovePhone"
    | "RemoveTOTP" | "ResendEmailCode" | "ResendPhoneCode" | "RetrieveIdentityProviderIntent" | "SetEmail" | "SetPassword"
    | "SetPhone" | "StartIdentityProviderIntent" | "UnlockUser" | "UpdateHumanUser" | "VerifyEmail"
    | "VerifyPasskeyRegistration" | "VerifyPhone" | "VerifyTOTPRegistration" | "VerifyU2FRegistration";
  "zitadel.webkey.v2.WebKeyService":
    | "ActivateWebKey" | "CreateWebKey" | "DeleteWebKey" | "ListWebKeys";
  "zitadel.webkey.v2beta.WebKeyService":
    | "ActivateWebKey" | "CreateWebKey" | "DeleteWebKey" | "ListWebKeys";
}

/** A service of ZITADEL's API. */
export type Service = keyof Methods;

/** A full method of ZITADEL's API. */
export type Method = { [Name in Service]: `/${Name}/${Methods[Name]}` }[Service];

/** A function of ZITADEL that can trigger an execution. */
export type FunctionName = "preuserinfo" | "preaccesstoken" | "presamlresponse";

/** The type of an event. */
export type EventType =
    | "action.added" | "action.changed" | "action.deactivated" | "action.reactivated" | "action.removed" | "auth_request.added"
    | "auth_request.code.added" | "auth_request.code.exchanged" | "auth_request.failed" | "auth_request.session.linked"
    | "auth_request.succeeded" | "debug.added" | "debug.changed" | "debug.removed" | "device.authorization.added"
    | "device.authorization.approved" | "device.authorization.canceled" | "device.authorization.done" | "execution.removed"
    | "execution.set" | "execution.v2.set" | "feature.featurelogindefaultorg.set"
    | "feature.instance.console_use_v2_user_api.set" | "feature.instance.debug_oidc_parent_error.set"
    | "feature.instance.enable_relational_tables.set" | "feature.instance.improved_performance.set"
    | "feature.instance.login_default_org.set" | "feature.instance.login_v2.set"
    | "feature.instance.oidc_single_v1_session_termination.set" | "feature.instance.permission_check_v2.set"
    | "feature.instance.reset" | "feature.instance.user_schema.set" | "feature.system.enable_relational_tables.set"
    | "feature.system.improved_performance.set" | "feature.system.login_default_org.set" | "feature.system.login_v2.set"
    | "feature.system.oidc_single_v1_session_termination.set" | "feature.system.permission_check_v2.set"
    | "feature.system.reset" | "feature.system.user_schema.set" | "group.added" | "group.changed" | "group.removed"
    | "group.users.added" | "group.users.removed" | "idpintent.consumed" | "idpintent.failed" | "idpintent.ldap.succeeded"
    | "idpintent.saml.requested" | "idpintent.saml.succeeded" | "idpintent.started" | "idpintent.succeeded" | "instance.added"
    | "instance.changed" | "instance.customtext.removed" | "instance.customtext.set" | "instance.customtext.template.removed"
    | "instance.default.language.set" | "instance.default.org.set" | "instance.domain.added" | "instance.domain.primary.set"
    | "instance.domain.removed" | "instance.hosted_login_translation.set" | "instance.iam.console.set"
    | "instance.iam.project.set" | "instance.idp.apple.added" | "instance.idp.apple.changed" | "instance.idp.azure.added"
    | "instance.idp.azure.changed" | "instance.idp.config.added" | "instance.idp.config.changed"
    | "instance.idp.config.deactivated" | "instance.idp.config.reactivated" | "instance.idp.config.removed"
    | "instance.idp.github.added" | "instance.idp.github.changed" | "instance.idp.github_enterprise.added"
    | "instance.idp.github_enterprise.changed" | "instance.idp.gitlab.added" | "instance.idp.gitlab.changed"
    | "instance.idp.gitlab_self_hosted.added" | "instance.idp.gitlab_self_hosted.changed" | "instance.idp.google.added"
    | "instance.idp.google.changed" | "instance.idp.jwt.added" | "instance.idp.jwt.changed" | "instance.idp.jwt.config.added"
    | "instance.idp.jwt.config.changed" | "instance.idp.ldap.v2.added" | "instance.idp.ldap.v2.changed"
    | "instance.idp.oauth.added" | "instance.idp.oauth.changed" | "instance.idp.oidc.added" | "instance.idp.oidc.changed"
    | "instance.idp.oidc.config.added" | "instance.idp.oidc.config.changed" | "instance.idp.oidc.migrated.azure"
    | "instance.idp.oidc.migrated.google" | "instance.idp.removed" | "instance.idp.saml.added" | "instance.idp.saml.changed"
    | "instance.idp.zitadel.added" | "instance.idp.zitadel.changed" | "instance.mail.template.added"
    | "instance.mail.template.changed" | "instance.mail.text.added" | "instance.mail.text.changed" | "instance.member.added"
    | "instance.member.cascade.removed" | "instance.member.changed" | "instance.member.removed"
    | "instance.notification.provider.debug.fileadded" | "instance.notification.provider.debug.filechanged"
    | "instance.notification.provider.debug.fileremoved" | "instance.notification.provider.debug.logadded"
    | "instance.notification.provider.debug.logchanged" | "instance.notification.provider.debug.logremoved"
    | "instance.oidc.settings.added" | "instance.oidc.settings.changed" | "instance.policy.domain.added"
    | "instance.policy.domain.changed" | "instance.policy.label.activated" | "instance.policy.label.added"
    | "instance.policy.label.changed" | "instance.policy.label.font.added" | "instance.policy.label.font.removed"
    | "instance.policy.label.icon.added" | "instance.policy.label.icon.dark.added" | "instance.policy.label.icon.dark.removed"
    | "instance.policy.label.icon.removed" | "instance.policy.label.logo.added" | "instance.policy.label.logo.dark.added"
    | "instance.policy.label.logo.dark.removed" | "instance.policy.label.logo.removed" | "instance.policy.lockout.added"
    | "instance.policy.lockout.changed" | "instance.policy.login.added" | "instance.policy.login.changed"
    | "instance.policy.login.idpprovider.added" | "instance.policy.login.idpprovider.cascade.removed"
    | "instance.policy.login.idpprovider.removed" | "instance.policy.login.multifactor.added"
    | "instance.policy.login.multifactor.removed" | "instance.policy.login.secondfactor.added"
    | "instance.policy.login.secondfactor.removed" | "instance.policy.notification.added"
    | "instance.policy.notification.changed" | "instance.policy.password.age.added" | "instance.policy.password.age.changed"
    | "instance.policy.password.complexity.added" | "instance.policy.password.complexity.changed"
    | "instance.policy.privacy.added" | "instance.policy.privacy.changed" | "instance.policy.security.set" | "instance.removed"
    | "instance.secret.generator.added" | "instance.secret.generator.changed" | "instance.secret.generator.removed"
    | "instance.sms.configactivated" | "instance.sms.configdeactivated" | "instance.sms.confighttp.added"
    | "instance.sms.confighttp.changed" | "instance.sms.configremoved" | "instance.sms.configtwilio.activated"
    | "instance.sms.configtwilio.added" | "instance.sms.configtwilio.changed" | "instance.sms.configtwilio.deactivated"
    | "instance.sms.configtwilio.removed" | "instance.sms.configtwilio.token.changed" | "instance.smtp.config.activated"
    | "instance.smtp.config.added" | "instance.smtp.config.changed" | "instance.smtp.config.deactivated"
    | "instance.smtp.config.http.added" | "instance.smtp.config.http.changed" | "instance.smtp.config.password.changed"
    | "instance.smtp.config.removed" | "instance.trusted_domains.added" | "instance.trusted_domains.removed" | "key_pair.added"
    | "key_pair.certificate.added" | "limits.reset" | "limits.set" | "milestone.v2.pushed" | "milestone.v2.reached"
    | "oidc_session.access_token.added" | "oidc_session.access_token.revoked" | "oidc_session.added"
    | "oidc_session.refresh_token.added" | "oidc_session.refresh_token.renewed" | "oidc_session.refresh_token.revoked"
    | "org.added" | "org.changed" | "org.customtext.removed" | "org.customtext.set" | "org.customtext.template.removed"
    | "org.deactivated" | "org.domain.added" | "org.domain.primary.set" | "org.domain.removed" | "org.domain.verification.added"
    | "org.domain.verification.failed" | "org.domain.verified" | "org.flow.cleared" | "org.flow.trigger_actions.cascade.removed"
    | "org.flow.trigger_actions.set" | "org.hosted_login_translation.set" | "org.idp.apple.added" | "org.idp.apple.changed"
    | "org.idp.azure.added" | "org.idp.azure.changed" | "org.idp.config.added" | "org.idp.config.changed"
    | "org.idp.config.deactivated" | "org.idp.config.reactivated" | "org.idp.config.removed" | "org.idp.github.added"
    | "org.idp.github.changed" | "org.idp.github_enterprise.added" | "org.idp.github_enterprise.changed"
    | "org.idp.gitlab.added" | "org.idp.gitlab.changed" | "org.idp.gitlab_self_hosted.added"
    | "org.idp.gitlab_self_hosted.changed" | "org.idp.google.added" | "org.idp.google.changed" | "org.idp.jwt.added"
    | "org.idp.jwt.changed" | "org.idp.jwt.config.added" | "org.idp.jwt.config.changed" | "org.idp.ldap.v2.added"
    | "org.idp.ldap.v2.changed" | "org.idp.oauth.added" | "org.idp.oauth.changed" | "org.idp.oidc.added"
    | "org.idp.oidc.changed" | "org.idp.oidc.config.added" | "org.idp.oidc.config.changed" | "org.idp.oidc.migrated.azure"
    | "org.idp.oidc.migrated.google" | "org.idp.removed" | "org.idp.saml.added" | "org.idp.saml.changed"
    | "org.idp.zitadel.added" | "org.idp.zitadel.changed" | "org.mail.template.added" | "org.mail.template.changed"
    | "org.mail.template.removed" | "org.mail.text.added" | "org.mail.text.changed" | "org.mail.text.removed"
    | "org.member.added" | "org.member.cascade.removed" | "org.member.changed" | "org.member.removed" | "org.metadata.removed"
    | "org.metadata.removed.all" | "org.metadata.set" | "org.policy.domain.added" | "org.policy.domain.changed"
    | "org.policy.domain.removed" | "org.policy.label.activated" | "org.policy.label.added" | "org.policy.label.changed"
    | "org.policy.label.font.added" | "org.policy.label.font.removed" | "org.policy.label.icon.added"
    | "org.policy.label.icon.dark.added" | "org.policy.label.icon.dark.removed" | "org.policy.label.icon.removed"
    | "org.policy.label.logo.added" | "org.policy.label.logo.dark.added" | "org.policy.label.logo.dark.removed"
    | "org.policy.label.logo.removed" | "org.policy.label.removed" | "org.policy.lockout.added" | "org.policy.lockout.changed"
    | "org.policy.lockout.removed" | "org.policy.login.added" | "org.policy.login.changed"
    | "org.policy.login.idpprovider.added" | "org.policy.login.idpprovider.cascade.removed"
    | "org.policy.login.idpprovider.removed" | "org.policy.login.multifactor.added" | "org.policy.login.multifactor.removed"
    | "org.policy.login.removed" | "org.policy.login.secondfactor.added" | "org.policy.login.secondfactor.removed"
    | "org.policy.notification.added" | "org.policy.notification.changed" | "org.policy.notification.removed"
    | "org.policy.password.age.added" | "org.policy.password.age.changed" | "org.policy.password.age.removed"
    | "org.policy.password.complexity.added" | "org.policy.password.complexity.changed"
    | "org.policy.password.complexity.removed" | "org.policy.privacy.added" | "org.policy.privacy.changed"
    | "org.policy.privacy.removed" | "org.reactivated" | "org.removed" | "permission.added" | "permission.removed"
    | "project.added" | "project.application.added" | "project.application.changed" | "project.application.config.api.added"
    | "project.application.config.api.changed" | "project.application.config.api.secret.changed"
    | "project.application.config.api.secret.updated" | "project.application.config.oidc.added"
    | "project.application.config.oidc.changed" | "project.application.config.oidc.registration_token.changed"
    | "project.application.config.oidc.secret.changed" | "project.application.config.oidc.secret.updated"
    | "project.application.config.saml.added" | "project.application.config.saml.changed" | "project.application.deactivated"
    | "project.application.oidc.key.added" | "project.application.oidc.key.removed" | "project.application.reactivated"
    | "project.application.removed" | "project.changed" | "project.deactivated" | "project.grant.added"
    | "project.grant.cascade.changed" | "project.grant.changed" | "project.grant.deactivated" | "project.grant.member.added"
    | "project.grant.member.cascade.removed" | "project.grant.member.changed" | "project.grant.member.removed"
    | "project.grant.reactivated" | "project.grant.removed" | "project.member.added" | "project.member.cascade.removed"
    | "project.member.changed" | "project.member.removed" | "project.reactivated" | "project.removed" | "project.role.added"
    | "project.role.changed" | "project.role.removed" | "quota.added" | "quota.notificationdue" | "quota.notified"
    | "quota.removed" | "quota.set" | "restrictions.set" | "saml_request.added" | "saml_request.failed"
    | "saml_request.session.linked" | "saml_request.succeeded" | "saml_session.added" | "saml_session.saml_response.added"
    | "saml_session.saml_response.revoked" | "schemauser.activated" | "schemauser.created" | "schemauser.deactivated"
    | "schemauser.deleted" | "schemauser.email.code.added" | "schemauser.email.code.sent" | "schemauser.email.updated"
    | "schemauser.email.verification.failed" | "schemauser.email.verified" | "schemauser.locked" | "schemauser.phone.code.added"
    | "schemauser.phone.code.sent" | "schemauser.phone.updated" | "schemauser.phone.verification.failed"
    | "schemauser.phone.verified" | "schemauser.unlocked" | "schemauser.updated" | "session.added" | "session.intent.checked"
    | "session.lifetime.set" | "session.metadata.set" | "session.otp.email.challenged" | "session.otp.email.checked"
    | "session.otp.email.sent" | "session.otp.sms.challenged" | "session.otp.sms.checked" | "session.otp.sms.sent"
    | "session.password.checked" | "session.recoveryCode.checked" | "session.terminated" | "session.token.set"
    | "session.totp.checked" | "session.user.checked" | "session.webAuthN.challenged" | "session.webAuthN.checked"
    | "session_logout.back_channel.registered" | "session_logout.back_channel.sent" | "target.added" | "target.changed"
    | "target.key.activated" | "target.key.added" | "target.key.deactivated" | "target.key.removed" | "target.removed"
    | "user.added" | "user.address.changed" | "user.deactivated" | "user.domain.claimed" | "user.domain.claimed.sent"
    | "user.email.changed" | "user.email.code.added" | "user.email.code.sent" | "user.email.verification.failed"
    | "user.email.verified" | "user.grant.added" | "user.grant.cascade.changed" | "user.grant.cascade.removed"
    | "user.grant.changed" | "user.grant.deactivated" | "user.grant.reactivated" | "user.grant.removed" | "user.human.added"
    | "user.human.address.changed" | "user.human.avatar.added" | "user.human.avatar.removed" | "user.human.email.changed"
    | "user.human.email.code.added" | "user.human.email.code.sent" | "user.human.email.verification.failed"
    | "user.human.email.verified" | "user.human.externalidp.added" | "user.human.externalidp.cascade.removed"
    | "user.human.externalidp.id.migrated" | "user.human.externalidp.removed" | "user.human.externalidp.username.changed"
    | "user.human.externallogin.check.succeeded" | "user.human.initialization.check.failed"
    | "user.human.initialization.check.succeeded" | "user.human.initialization.code.added"
    | "user.human.initialization.code.sent" | "user.human.invite.check.failed" | "user.human.invite.check.succeeded"
    | "user.human.invite.code.added" | "user.human.invite.code.sent" | "user.human.mfa.init.skipped"
    | "user.human.mfa.otp.added" | "user.human.mfa.otp.check.failed" | "user.human.mfa.otp.check.succeeded"
    | "user.human.mfa.otp.email.added" | "user.human.mfa.otp.email.check.failed" | "user.human.mfa.otp.email.check.succeeded"
    | "user.human.mfa.otp.email.code.added" | "user.human.mfa.otp.email.code.sent" | "user.human.mfa.otp.email.removed"
    | "user.human.mfa.otp.removed" | "user.human.mfa.otp.sms.added" | "user.human.mfa.otp.sms.check.failed"
    | "user.human.mfa.otp.sms.check.succeeded" | "user.human.mfa.otp.sms.code.added" | "user.human.mfa.otp.sms.code.sent"
    | "user.human.mfa.otp.sms.removed" | "user.human.mfa.otp.verified" | "user.human.mfa.recoverycode.added"
    | "user.human.mfa.recoverycode.check.failed" | "user.human.mfa.recoverycode.check.succeeded"
    | "user.human.mfa.recoverycode.removed" | "user.human.mfa.u2f.token.added" | "user.human.mfa.u2f.token.begin.login"
    | "user.human.mfa.u2f.token.check.failed" | "user.human.mfa.u2f.token.check.succeeded" | "user.human.mfa.u2f.token.removed"
    | "user.human.mfa.u2f.token.signcount.changed" | "user.human.mfa.u2f.token.verified" | "user.human.password.change.sent"
    | "user.human.password.changed" | "user.human.password.check.failed" | "user.human.password.check.succeeded"
    | "user.human.password.code.added" | "user.human.password.code.sent" | "user.human.password.hash.updated"
    | "user.human.passwordless.initialization.code.added" | "user.human.passwordless.initialization.code.check.failed"
    | "user.human.passwordless.initialization.code.check.succeeded" | "user.human.passwordless.initialization.code.requested"
    | "user.human.passwordless.initialization.code.sent" | "user.human.passwordless.token.added"
    | "user.human.passwordless.token.begin.login" | "user.human.passwordless.token.check.failed"
    | "user.human.passwordless.token.check.succeeded" | "user.human.passwordless.token.removed"
    | "user.human.passwordless.token.signcount.changed" | "user.human.passwordless.token.verified" | "user.human.phone.changed"
    | "user.human.phone.code.added" | "user.human.phone.code.sent" | "user.human.phone.removed"
    | "user.human.phone.verification.failed" | "user.human.phone.verified" | "user.human.profile.changed"
    | "user.human.refresh.token.added" | "user.human.refresh.token.removed" | "user.human.refresh.token.renewed"
    | "user.human.selfregistered" | "user.human.signed.out" | "user.impersonated" | "user.initialization.check.failed"
    | "user.initialization.check.succeeded" | "user.initialization.code.added" | "user.initialization.code.sent" | "user.locked"
    | "user.machine.added" | "user.machine.changed" | "user.machine.key.added" | "user.machine.key.removed"
    | "user.machine.secret.removed" | "user.machine.secret.set" | "user.machine.secret.updated" | "user.metadata.removed"
    | "user.metadata.removed.all" | "user.metadata.set" | "user.mfa.init.skipped" | "user.mfa.otp.added"
    | "user.mfa.otp.check.failed" | "user.mfa.otp.check.succeeded" | "user.mfa.otp.removed" | "user.mfa.otp.verified"
    | "user.password.changed" | "user.password.check.failed" | "user.password.check.succeeded" | "user.password.code.added"
    | "user.password.code.sent" | "user.pat.added" | "user.pat.removed" | "user.phone.changed" | "user.phone.code.added"
    | "user.phone.code.sent" | "user.phone.removed" | "user.phone.verification.failed" | "user.phone.verified"
    | "user.profile.changed" | "user.reactivated" | "user.removed" | "user.selfregistered" | "user.signed.out"
    | "user.token.added" | "user.token.removed" | "user.unlocked" | "user.username.changed" | "user_schema.created"
    | "user_schema.deactivated" | "user_schema.deleted" | "user_schema.reactivated" | "user_schema.updated"
    | "web_key.activated" | "web_key.added" | "web_key.deactivated" | "web_key.removed";

/** The beginning of the types of events. */
export type EventGroup = GroupOf<EventType>;

type GroupOf<Type> = Type extends `${infer First}.${infer Rest}` ? First | `${First}.${GroupOf<Rest>}` : never;
