// Package demo holds the sample estate: a few thousand configuration items from
// licensed public data, as interchange NDJSON, and the question that the demo's
// first screen asks of it.
//
// Its one idea: the estate is a file like any other and takes the way of any
// import, so the demo shows nothing that a user's own data could not. It refuses
// to hide what was made up: what the sources do not say carries the evidence
// method DECLARED, or INFERRED (docs/demo.md tells which is which).
package demo

import (
	_ "embed"
	"io"
	"strings"
)

//go:generate go run ./build -o estate.ndjson

//go:embed estate.ndjson
var estate string

// Question is the CI whose outage the first screen assesses: a cloud region that
// one service cannot do without, another survives on its spares, and about which
// the sources leave something out.
const Question = "cluster:DO-NYC1"

// Service is the business service whose proof the first screen shows.
const Service = "business_service:boutique/Online Boutique checkout"

// Spared is a service that the same outage leaves with no spare, but up.
const Spared = "business_service:astronomy/Astronomy Shop storefront"

// Blade is a server that no service misses by itself: the other half of what Question
// holds a copy of.
const Blade = "server:ncsu-065/Flex bay 4"

// Estate is the sample estate as interchange NDJSON.
func Estate() io.ReadSeeker { return strings.NewReader(estate) }
