package cli

import (
	"context"
	"io"

	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
)

// importInto is what POST /import runs.
func (a *app) importInto(ctx context.Context, l *records.Ledger, in io.ReadSeeker, o server.ImportOptions, line func(any) error) error {
	mapping, err := population.ParseMapping(o.Mapping)
	if err != nil {
		return err
	}
	return population.Import(ctx, l, in, population.Options{
		Source: o.Source, Scope: o.Scope, Format: o.Format, Class: o.Class, Actor: o.Actor, Teams: o.Teams,
		Mapping: mapping, DryRun: o.DryRun, Stubs: o.Stubs, Clock: a.Clock,
	}, line)
}
