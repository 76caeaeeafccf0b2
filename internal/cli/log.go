package cli

import (
	"log/slog"
	"strings"
)

// The forms of a line of the log.
const (
	logText = "text"
	logJSON = "json"
)

const logOff = "off"

// logging is what the environment says of the log: level and form are off, text
// where it says nothing.
func (a *app) logging(otherwise string) (level, form string, err error) {
	level, _ = a.choose("", "", envLog, otherwise)
	var l slog.Level
	if level != logOff && l.UnmarshalText([]byte(level)) != nil {
		return "", "", usagef("%s cannot be %q", envLog, level).hinted("one of debug, info, warn, error and off")
	}
	form, _ = a.choose("", "", envLogFormat, logText)
	if form = strings.ToLower(form); form != logText && form != logJSON {
		return "", "", usagef("%s cannot be %q", envLogFormat, form).hinted("one of %s and %s", logText, logJSON)
	}
	return level, form, nil
}

// logger logs to stderr from the level that the environment asks for; nil is
// silent. The environment was found in order before the command began.
func (a *app) logger(otherwise string) *slog.Logger {
	level, form, err := a.logging(otherwise)
	if err != nil || level == logOff {
		return nil
	}
	var l slog.Level
	_ = l.UnmarshalText([]byte(level))
	options := &slog.HandlerOptions{Level: l}
	if form == logJSON {
		return slog.New(slog.NewJSONHandler(a.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, options))
}
