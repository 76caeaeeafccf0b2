package cli

import (
	"strings"

	"github.com/faultline-itsm/faultline/internal/server"
)

// token is what requests to a server carry, and what a server that is started
// asks for. It comes from the environment or from a file, never from a flag:
// every user of a machine can read the command lines of all.
func (a *app) token() (token server.Token, origin string, err error) {
	value, origin, err := a.secret(envToken, envTokenFile, "the token")
	if err != nil {
		return "", "", err
	}
	if origin == envTokenFile {
		value = strings.TrimSpace(value)
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", "", usagef("the token (%s) has blanks or characters that no header can carry", origin).hinted("make one, for example with: openssl rand -hex 32")
	}
	return server.Token(value), origin, nil
}
