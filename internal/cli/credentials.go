package cli

import (
	"net/url"
	"os"
	"strings"

	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// credentials are those with which Neo4j is asked, and where they came from.
type credentials struct {
	user, userFrom         string
	password, passwordFrom string
}

// firstUser is the one that every Neo4j begins with.
const firstUser = "neo4j"

// credentials of a store in Neo4j. What stands in the address is meant for it more
// than a variable. Without a password none are sent, for servers that ask for none.
func (a *app) credentials(t target) (c credentials, err error) {
	c.password, c.passwordFrom, err = a.secret(envNeo4jPassword, envNeo4jPasswordFile, "Neo4j's password")
	if err != nil {
		return c, err
	}
	c.user, c.userFrom = a.choose("", "", envNeo4jUser, "")
	if u, err := url.Parse(t.store); err == nil && neo4j.IsAddress(t.store) && u.User != nil {
		inAddress := t.storeFrom + ", in the address"
		if name := u.User.Username(); name != "" {
			c.user, c.userFrom = name, inAddress
		}
		if password, ok := u.User.Password(); ok {
			c.password, c.passwordFrom = password, inAddress
		}
	}
	if c.user == "" && c.password != "" {
		c.user = firstUser
	}
	return c, nil
}

// secret is what a variable holds, or a file that another one names: never a
// flag, for every user of a machine can read the command lines of all.
func (a *app) secret(env, envFile, what string) (value, origin string, err error) {
	value, file := a.Getenv(env), a.Getenv(envFile)
	switch {
	case value != "" && file != "":
		return "", "", usagef("%s and %s are both set", env, envFile).hinted("set one of the two")
	case value != "":
		return value, env, nil
	case file == "":
		return "", byDefault, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", "", failf("the file %s of %s cannot be read: %s", file, what, lastCause(err)).hinted("look at %s", envFile)
	}
	if value = strings.TrimRight(string(b), "\r\n"); strings.TrimSpace(value) == "" {
		return "", "", failf("the file %s of %s is empty", file, what).hinted("look at %s", envFile)
	}
	return value, envFile, nil
}

// hidden is a secret as it may be shown.
func hidden(secret string) string {
	if secret == "" {
		return "none"
	}
	return "(set)"
}
