package neo4j

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// schemes are those of Neo4j's drivers: with routing or to one server; plain,
// encrypted, or encrypted with a certificate that nobody vouches for.
var schemes = []string{"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"}

// IsAddress says whether a store's name is meant for this package.
func IsAddress(name string) bool {
	scheme, _, ok := strings.Cut(name, "://")
	return ok && slices.Contains(schemes, scheme)
}

// Name is an address as it may be shown: without the user and the password. An
// address that Open would not understand is refused, without repeating it.
func Name(address string) (string, error) {
	a, err := parseAddress(address)
	return a.name, err
}

// address is a parsed URL. Its password is in no message: name leaves it out.
type address struct {
	name     string // for people
	target   string // for the driver
	user     string
	password string
	database string // "" is the server's default
}

const defaultPort = "7687"

// parseAddress reads scheme://user:password@host:port/database.
func parseAddress(text string) (address, error) {
	bad := func(why string) (address, error) {
		return address{}, graph.Errorf(graph.Invalid, "the address of Neo4j is wrong: %s", why).
			WithHint("write neo4j://user:password@host:7687/database, or neo4j+s:// for an encrypted connection; encode / @ : %% # ? in the password as %%2F %%40 %%3A %%25 %%23 %%3F")
	}
	if !IsAddress(text) {
		return bad("it begins with none of " + strings.Join(schemes, ", "))
	}
	u, err := url.Parse(text)
	if err != nil {
		return bad("it cannot be read") // the error would repeat the password
	}
	host, port := u.Hostname(), u.Port()
	database := strings.Trim(u.Path, "/")
	switch {
	case host == "":
		return bad("it names no host")
	case strings.Contains(database, "/"):
		return bad("only one database can be named behind the host")
	case u.Fragment != "":
		return bad("something stands behind a #")
	}
	if port == "" {
		port = defaultPort
	}
	a := address{database: database, user: u.User.Username()}
	a.password, _ = u.User.Password()
	plain := url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(host, port), RawQuery: u.RawQuery}
	a.target = plain.String()
	plain.RawQuery, plain.Path = "", u.Path
	a.name = plain.String()
	return a, nil
}
