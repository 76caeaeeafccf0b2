package cli

import (
	"os"
	"strings"

	"github.com/faultline-itsm/faultline/internal/server"
)

// token is what requests to a server carry, and what a server that is started
// asks for. It comes from the environment or from a file, never from a flag:
// every user of a machine can read the command lines of all.
func (a *app) token() (token server.Token, origin string, err error) {
	value, file := a.Getenv(envToken), a.Getenv(envTokenFile)
	switch {
	case value != "" && file != "":
		return "", "", usagef("%s and %s are both set", envToken, envTokenFile).hinted("set one of the two")
	case value != "":
		origin = envToken
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return "", "", failf("the token's file %s cannot be read: %s", file, lastCause(err)).hinted("look at " + envTokenFile)
		}
		value, origin = strings.TrimSpace(string(b)), envTokenFile
		if value == "" {
			return "", "", failf("the token's file %s is empty", file).hinted("look at " + envTokenFile)
		}
	default:
		return "", byDefault, nil
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", "", usagef("the token (%s) has blanks or characters that no header can carry", origin).hinted("make one, for example with: openssl rand -hex 32")
	}
	return server.Token(value), origin, nil
}
