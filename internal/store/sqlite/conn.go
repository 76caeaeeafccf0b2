package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"

	driverpkg "modernc.org/sqlite"
)

// conn is one connection and its prepared statements. It is used by one
// goroutine at a time. It talks to the driver directly, without database/sql:
// a bulk load is millions of small statements on one connection.
type conn struct {
	raw   driver.Conn
	ready map[statement]driver.Stmt
	args  []driver.NamedValue
}

func dial(path string) (*conn, error) {
	u := url.URL{Scheme: "file", Path: path}
	raw, err := (&driverpkg.Driver{}).Open(u.String())
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, ready: map[statement]driver.Stmt{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.ready {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

// once runs a statement that is not worth keeping prepared.
func (c *conn) once(q statement) error {
	_, err := c.raw.(driver.ExecerContext).ExecContext(context.Background(), string(q), nil)
	return err
}

func (c *conn) prepared(q statement) (driver.Stmt, error) {
	if s, ok := c.ready[q]; ok {
		return s, nil
	}
	s, err := c.raw.(driver.ConnPrepareContext).PrepareContext(context.Background(), string(q))
	if err != nil {
		return nil, err
	}
	c.ready[q] = s
	return s, nil
}

func (c *conn) bind(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return c.args
}

// run executes a statement that gives no rows. A context is never handed to the
// driver, which would start a goroutine a call: those who loop look at theirs.
func (c *conn) run(q statement, args ...driver.Value) error {
	s, err := c.prepared(q)
	if err != nil {
		return err
	}
	_, err = s.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
	return err
}

// errStop ends a walk over rows early.
var errStop = errors.New("stop")

// rows calls each with every row; the values are valid until it returns, bytes
// and texts for good. errStop from each ends it without an error.
func (c *conn) rows(ctx context.Context, q statement, each func(row []driver.Value) error, args ...driver.Value) (err error) {
	s, err := c.prepared(q)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for n := 0; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := rows.Next(row); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := each(row); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
}

// number is the first column of the first row, 0 where there is none or null.
func (c *conn) number(q statement, args ...driver.Value) (n int64, err error) {
	err = c.rows(context.Background(), q, func(row []driver.Value) error {
		n, _ = row[0].(int64)
		return errStop
	}, args...)
	return n, err
}
