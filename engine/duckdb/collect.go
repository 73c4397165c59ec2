package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/moments"
)

// Collect answers a request with one statement, or with one for each range of
// units and the merge of their answers.
func (s *session) Collect(ctx context.Context, r moments.Request) (moments.Statistic, error) {
	envs, err := r.Check()
	if err != nil {
		return moments.Statistic{}, err
	}
	keyKinds, realCell, err := kinds(r, envs[len(envs)-1])
	if err != nil {
		return moments.Statistic{}, err
	}
	s.tell(r.Label)
	t, err := s.ready(ctx, r)
	if err != nil {
		return moments.Statistic{}, err
	}
	limit := r.Limit
	if limit == 0 {
		limit = moments.DefaultLimit
	}
	parts, err := s.ranges(ctx, t, r)
	if err != nil {
		return moments.Statistic{}, err
	}
	found := make([]moments.Statistic, len(parts))
	for i, part := range parts {
		if found[i], err = s.ask(ctx, t, r, part, limit, keyKinds, realCell); err != nil {
			return moments.Statistic{}, err
		}
		if len(parts) > 1 && s.progress != nil {
			s.progress(r.Label, float64(i+1)/float64(len(parts)))
		}
	}
	out := found[0]
	if len(found) > 1 {
		if out, err = moments.Merge(found...); err != nil {
			return moments.Statistic{}, err
		}
	}
	if r.Only == 0 && len(out.Groups) > limit {
		return moments.Statistic{}, &moments.ErrTooManyGroups{Label: r.Label, Limit: limit}
	}
	return out, nil
}

// ready proves that the columns of a request can be read so, and gives its table.
func (s *session) ready(ctx context.Context, r moments.Request) (*table, error) {
	t, ok := s.tables[r.Table]
	if !ok {
		return nil, fmt.Errorf("duckdb: no table %q is open", r.Table)
	}
	for _, c := range r.Columns {
		column, ok := t.column(c.Name)
		if !ok {
			return nil, t.lacks(c.Name, r.Table)
		}
		if err := s.prove(ctx, t, column, c.As); err != nil {
			return nil, err
		}
		if err := s.measure(ctx, t, column); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// ask answers a request over the rows of one part.
func (s *session) ask(ctx context.Context, t *table, r moments.Request, part string, limit int, keyKinds []moments.Kind, realCell []bool) (moments.Statistic, error) {
	rows, err := s.db.QueryContext(ctx, t.statement(r, part, limit))
	if err != nil {
		return moments.Statistic{}, t.readError(err)
	}
	defer rows.Close()
	out := moments.NewStatistic(r)
	for rows.Next() {
		g, err := scanGroup(rows, keyKinds, realCell)
		if err != nil {
			return moments.Statistic{}, err
		}
		out.Groups = append(out.Groups, g)
	}
	if err := rows.Err(); err != nil {
		return moments.Statistic{}, t.readError(err)
	}
	out.Sort()
	return out, nil
}

// statement renders the request over a part of the rows: the columns as they
// are to be read, the conditions, one sub-query a step, the final fold.
func (t *table) statement(r moments.Request, part string, limit int) string {
	made := 0
	alias := func() string { made++; return fmt.Sprintf("v%d", made) }
	sc := scope{}
	read := make([]string, 0, len(r.Columns))
	for _, c := range r.Columns {
		column, _ := t.column(c.Name)
		reading := column.read(c.As)
		v := typed{sql: alias(), kind: c.As.Kind(), width: reading.width, bound: unbounded}
		if c.As == moments.Category && column.store == storedInteger && column.written == "" {
			reading.value, v.digits = column.ref, true
		}
		read = append(read, reading.value+" AS "+v.sql)
		if c.Bound > 0 && c.As == moments.Whole {
			v.bound = big.NewInt(c.Bound)
		}
		if c.As != moments.Category && column.store == storedInteger {
			v.kind = moments.KindWhole // a Number too: exact, and rounded to a float at the end
			v.bound, v.least = t.extents[c.Name].limits(column.sqlType)
		}
		sc[c.Name] = v
	}
	if len(read) == 0 {
		read = []string{"1"} // a request may only count rows
	}
	query := "SELECT " + strings.Join(read, ", ") + " FROM " + t.scan()
	if part != "" {
		query += " WHERE " + part
	}
	if len(r.Where) > 0 {
		query = "SELECT * FROM (" + query + ") AS q WHERE " + sc.cond(moments.All(r.Where))
	}
	rows := big.NewInt(max(t.rows, 1))
	for _, step := range r.Steps {
		switch step := step.(type) {
		case moments.Keep:
			query = "SELECT * FROM (" + query + ") AS q WHERE " + sc.cond(step.Cond)
		case moments.Derive:
			fields, next := sc.derive(step, alias, maps.Clone(sc))
			query, sc = "SELECT *, "+fields+" FROM ("+query+") AS q", next
		case moments.Select:
			fields, next := sc.derive(step, alias, scope{})
			query, sc = "SELECT "+fields+" FROM ("+query+") AS q", next
		case moments.Fold:
			query, sc = sc.fold(step.By, step.Make, query, rows, alias, false)
		}
	}
	if r.Only > 0 { // the first in the order of names, not of numbers
		for n, v := range sc {
			sc[n] = v.named()
		}
	}
	query, _ = sc.fold(r.By, r.Make, query, rows, alias, true)
	if r.Only > 0 {
		return query + " ORDER BY " + ordinals(len(r.By), " ASC NULLS FIRST") + fmt.Sprintf(" LIMIT %d", r.Only)
	}
	return query + fmt.Sprintf(" LIMIT %d", limit+1)
}

// derive lists the definitions of fields, and adds their names to next.
func (sc scope) derive(fields []moments.Field, alias func() string, next scope) (string, scope) {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i], next[f.Name] = define(alias(), sc.render(f.Of))
	}
	return strings.Join(list, ", "), next
}

// define names an expression and gives what later ones refer to. The names are
// numbers: those of a request could differ in capitals alone, which SQL does
// not tell apart.
func define(as string, v typed) (string, typed) {
	field := v.sql + " AS " + as
	v.sql = as
	return field, v
}

// fold renders a fold of the rows that a query gives.
func (sc scope) fold(by []moments.Field, makes []moments.Agg, query string, rows *big.Int, alias func() string, final bool) (string, scope) {
	next := scope{}
	var fields []string
	add := func(as string, v typed) {
		field, ref := define(alias(), v)
		fields = append(fields, field)
		next[as] = ref
	}
	for _, b := range by {
		v := sc.render(b.Of)
		if final && v.kind == moments.KindWhole {
			v.sql, v.width = v.at(middle), middle
		}
		if final && v.digits {
			v.sql = "CAST(" + v.sql + " AS BIGINT)" // scanGroup writes the digits
		}
		add(b.Name, v)
	}
	for _, a := range makes {
		add(a.Name, sc.agg(a, rows, final))
	}
	if len(fields) == 0 {
		fields = []string{"1"}
	}
	query = "SELECT " + strings.Join(fields, ", ") + " FROM (" + query + ") AS q"
	if len(by) > 0 {
		query += " GROUP BY " + ordinals(len(by), "")
	}
	return query, next
}

// ordinals are "1, 2, ... n", each with what follows it.
func ordinals(n int, after string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprint(i+1) + after
	}
	if n == 0 {
		return "1"
	}
	return strings.Join(parts, ", ")
}

// kinds tells the kinds of a request's keys and which cells are real: an integer column
// read as a number is computed with exactly and rounded only here.
func kinds(r moments.Request, env moments.Env) (keys []moments.Kind, cells []bool, err error) {
	for _, b := range r.By {
		k, err := moments.KindOf(b.Of, env)
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, k)
	}
	for _, a := range r.Make {
		k, err := moments.KindOfAgg(a, env)
		if err != nil {
			return nil, nil, err
		}
		cells = append(cells, k == moments.KindReal)
	}
	return keys, cells, nil
}

// scanGroup reads one row of the answer.
func scanGroup(rows *sql.Rows, keyKinds []moments.Kind, realCell []bool) (moments.Group, error) {
	into := make([]any, len(keyKinds)+len(realCell))
	for i := range into {
		into[i] = new(any)
	}
	if err := rows.Scan(into...); err != nil {
		return moments.Group{}, err
	}
	g := moments.Group{Key: make([]moments.Value, len(keyKinds)), Cells: make([]moments.Quantity, len(realCell))}
	for i := range g.Key {
		switch v := (*into[i].(*any)).(type) {
		case nil:
		case string:
			g.Key[i] = moments.NameKey(v)
		case int64:
			switch keyKinds[i] {
			case moments.KindReal:
				g.Key[i] = moments.RealKey(float64(v))
			case moments.KindName:
				g.Key[i] = moments.NameKey(strconv.FormatInt(v, 10))
			default:
				g.Key[i] = moments.WholeKey(v)
			}
		case float64:
			g.Key[i] = moments.RealKey(v)
		case *big.Int: // a key computed in wider integers
			if !v.IsInt64() {
				return moments.Group{}, problem.New("numbers-too-large")
			}
			g.Key[i] = moments.WholeKey(v.Int64())
		default:
			return moments.Group{}, fmt.Errorf("duckdb: a key of type %T", v)
		}
	}
	for i := range g.Cells {
		q, err := quantity(*into[len(g.Key)+i].(*any))
		if err != nil {
			return moments.Group{}, err
		}
		if realCell[i] && q.IsWhole() {
			q = moments.RealQuantity(q.Float())
		}
		g.Cells[i] = q
	}
	return g, nil
}

// quantity reads one cell.
func quantity(v any) (moments.Quantity, error) {
	switch v := v.(type) {
	case nil:
		return moments.Quantity{}, nil
	case *big.Int:
		return moments.WholeQuantity(v), nil
	case float64:
		return moments.RealQuantity(v), nil
	}
	if rv := reflect.ValueOf(v); rv.CanInt() {
		return moments.WholeQuantity(big.NewInt(rv.Int())), nil
	} else if rv.CanUint() {
		return moments.WholeQuantity(new(big.Int).SetUint64(rv.Uint())), nil
	}
	return moments.Quantity{}, fmt.Errorf("duckdb: a cell of type %T", v)
}
