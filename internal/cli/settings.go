package cli

import (
	"net/url"
	"path/filepath"
	"strings"
)

// globals are the flags that every command takes, before or after its name.
type globals struct {
	server, store, output string
	noColor               bool
}

// The environment that the program reads.
const (
	envServer    = "FAULTLINE_SERVER"
	envStore     = "FAULTLINE_STORE"
	envToken     = "FAULTLINE_TOKEN"
	envTokenFile = "FAULTLINE_TOKEN_FILE"
	envLog       = "FAULTLINE_LOG"
	envLogFormat = "FAULTLINE_LOG_FORMAT"

	envNeo4jUser         = "FAULTLINE_NEO4J_USER"
	envNeo4jPassword     = "FAULTLINE_NEO4J_PASSWORD"
	envNeo4jPasswordFile = "FAULTLINE_NEO4J_PASSWORD_FILE"

	envNoColor = "NO_COLOR"
	envData    = "XDG_DATA_HOME"
)

// origin says where a setting's value came from.
const (
	byDefault = "default"
	flagged   = "flag --"
)

// choose is the value of a setting: a flag, else the environment, else the default.
func (a *app) choose(flag, given, env, otherwise string) (value, origin string) {
	if given != "" {
		return given, flagged + flag
	}
	if v := a.Getenv(env); v != "" {
		return v, env
	}
	return otherwise, byDefault
}

// target is where requests go: a server, or a store of this machine.
type target struct {
	server, serverFrom string
	store, storeFrom   string
}

// target chooses. A flag is meant more than a variable, so --store beats
// FAULTLINE_SERVER; both flags at once are a contradiction.
func (a *app) target() (t target, err error) {
	t.server, t.serverFrom = a.choose("server", a.flags.server, envServer, "")
	t.store, t.storeFrom = a.choose("store", a.flags.store, envStore, a.defaultStore())
	if t.serverFrom == flagged+"server" && t.storeFrom == flagged+"store" {
		return t, usagef("--server and --store are both given").hinted("a server has its own store: give one of the two")
	}
	if t.storeFrom == flagged+"store" {
		t.server, t.serverFrom = "", "not used: --store is given"
	}
	if t.server == "" {
		return t, nil
	}
	u, err := url.Parse(t.server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return t, usagef("%s is not the address of a server (%s)", redact(t.server), t.serverFrom).hinted("write it as http://HOST:PORT")
	}
	return t, nil
}

// defaultStore is a file in the user's data directory.
func (a *app) defaultStore() string {
	data := a.Getenv(envData)
	if data == "" {
		home := a.Getenv("HOME")
		if home == "" {
			return ""
		}
		data = filepath.Join(home, ".local", "share")
	}
	return "sqlite:" + filepath.Join(data, "faultline", "faultline.db")
}

// plain says whether colour is unwelcome, and who said so.
func (a *app) plain() (bool, string) {
	switch {
	case a.flags.noColor:
		return true, flagged + "no-color"
	case a.Getenv(envNoColor) != "":
		return true, envNoColor
	case a.Getenv("TERM") == "dumb":
		return true, "TERM"
	}
	return false, byDefault
}

// redact leaves a password out of what is shown, also out of what is no address.
func redact(address string) string {
	u, err := url.Parse(address)
	switch at := strings.LastIndex(address, "@"); {
	case err == nil && u.User != nil:
		return u.Redacted()
	case err != nil && at >= 0:
		scheme, _, _ := strings.Cut(address[:at], "://")
		return scheme + "://xxxxx" + address[at:]
	}
	return address
}

// command is a command line that means the same target as this one.
func (a *app) command(args ...string) string {
	line := []string{program}
	if a.flags.server != "" {
		line = append(line, "--server", quote(redact(a.flags.server)))
	} else if a.flags.store != "" {
		line = append(line, "--store", quote(redact(a.flags.store)))
	}
	for _, arg := range args {
		line = append(line, quote(arg))
	}
	return strings.Join(line, " ")
}

// quote makes one word of a shell's command line.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
