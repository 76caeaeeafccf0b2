package cli

import (
	"context"
	"io"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
)

func runImport(ctx context.Context, l *records.Ledger, in io.ReadSeeker, o server.ImportOptions, line func(any) error) error {
	return graph.Errorf(graph.Unavailable, "importing is not wired yet")
}

func runExport(ctx context.Context, l *records.Ledger, w io.Writer) error {
	return graph.Errorf(graph.Unavailable, "exporting is not wired yet")
}
