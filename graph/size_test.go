package graph_test

import (
	"runtime"
	"testing"

	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// What operators are told to plan with is what the process really holds.
func TestBytesIsAboutWhatASnapshotHolds(t *testing.T) {
	before := heapAlloc(2)
	s, err := graphtest.Estate{Seed: 1, CIs: 50_000}.Build()
	if err != nil {
		t.Fatal(err)
	}
	held := int(heapAlloc(2) - before)
	if got := s.Bytes(); got < held/2 || got > held*3/2 {
		t.Errorf("it says %d bytes of %d", got, held)
	}
	t.Logf("it says %d bytes, %d are held", s.Bytes(), held)
	runtime.KeepAlive(s)
}
