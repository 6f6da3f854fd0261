@echo off
rem Pulumi starts this file as the plugin. It looks for Node, which runs the provider.
set version=
for /f "tokens=1 delims=v." %%v in ('node --version 2^>nul') do set version=%%v
if "%version%"=="" (
  echo The Pulumi provider zitadel-actions needs Node 22 or later on the PATH, and there is no node. Install it from https://nodejs.org. 1>&2
  exit /b 1
)
if %version% lss 22 (
  echo The Pulumi provider zitadel-actions needs Node 22 or later on the PATH, but node is version %version%. Install a later one from https://nodejs.org. 1>&2
  exit /b 1
)
node "%~dp0provider.js" %*
