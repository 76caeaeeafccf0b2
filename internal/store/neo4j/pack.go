package neo4j

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"

	"github.com/faultline-itsm/faultline/graph"
)

// pack makes an entry small: a large commit says nearly the same of every record,
// and Neo4j keeps bytes in pieces of 120.
func pack(e *graph.Entry) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(e.Append(nil)); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// unpack reads what pack made. It fails with Internal where b is damaged.
func unpack(b []byte) (e *graph.Entry, size int, err error) {
	form, err := io.ReadAll(flate.NewReader(bytes.NewReader(b)))
	if err != nil {
		return nil, 0, graph.Errorf(graph.Internal, "an entry of the ledger is damaged").Because(errors.Join(graph.ErrDamaged, err))
	}
	e, err = graph.DecodeEntry(form)
	return e, len(form), err
}
