package store

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Answer is what one idempotency key was answered with. It is no part of the
// ledger: a dump does not carry it, and no hash covers it. A store has no clock:
// it keeps an answer until a later one is written At or after its Until, which
// may be much later, so whoever reads one looks at Until.
type Answer struct {
	Principal string     // whose key it is
	Key       string     // unique for the principal
	Input     graph.Hash // of what was asked
	At        time.Time  // microseconds, UTC
	Until     time.Time  // microseconds, UTC
	Result    []byte     // opaque to the store
}

// MaxForgotten is how many outdated answers are removed when one is written, so
// that no commit pays for a busy day of three days ago.
const MaxForgotten = 100
