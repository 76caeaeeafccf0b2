package server

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of GraphQL over HTTP.
const (
	plainJSON    = "application/json"
	responseJSON = "application/graphql-response+json"
	eventStream  = "text/event-stream"
)

// negotiate picks the media type of the answer: the one that the client prefers,
// the newer one where it likes both alike, the older one where it does not care.
// "" says that it takes neither. events is whether it takes a stream of them, which
// is for who names it.
func negotiate(r *http.Request) (media string, events bool) {
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return plainJSON, false
	}
	best := 0.0
	named := map[string]float64{}
	wild := 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		switch kind {
		case eventStream:
			events = q > 0
		case plainJSON, responseJSON:
			named[kind] = q
		case "application/*", "*/*":
			wild = max(wild, q)
		}
	}
	for _, m := range []string{responseJSON, plainJSON} {
		q, said := named[m]
		if !said && m == plainJSON {
			q = wild
		}
		if q > best {
			best, media = q, m
		}
	}
	return media, events
}
