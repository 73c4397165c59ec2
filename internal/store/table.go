package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
)

// Table is a table whose rows are of the struct R. Each exported field of R has
// a tag `db:"column"`; its Go type settles the column's:
//
//	string, json.RawMessage, kinds of string   TEXT
//	int64 and kinds of it                      BIGINT
//	bool                                       BIGINT, 0 or 1
//	float64                                    DOUBLE PRECISION, finite
//	time.Time                                  TEXT, an instant cut to microseconds
//	a pointer to one of these                  the same, nil is NULL
//
// Open holds the table against the database's columns, so a wrong type is an
// error on SQLite too, which would store it without a word.
type Table[R any] struct{ *table }

// AnyTable is a Table of any row.
type AnyTable interface{ declared() *table }

type table struct {
	name    string
	reason  Reason // empty: projected
	columns []column
	keys    []int // of columns

	selecting, inserting, putting, deleting, getting string
}

func (t *table) declared() *table { return t }

type column struct {
	name  string
	kind  kind
	null  bool
	index int // of the struct's field
}

type kind int

const (
	text kind = iota
	integer
	boolean
	number
	instant
)

// sqlTypes are the declared types, in capitals, that hold a kind.
var sqlTypes = map[kind]string{text: "TEXT", integer: "BIGINT", boolean: "BIGINT", number: "DOUBLE PRECISION", instant: "TEXT"}

// Projected declares a table that shows what the log leads to. Only Apply of a
// Projection writes it.
func Projected[R any](name string, key ...string) Table[R] { return declare[R](name, "", key) }

// Outside declares a table that is not made from the log, with the reason why
// it need not be.
func Outside[R any](why Reason, name string, key ...string) Table[R] {
	return declare[R](name, why, key)
}

// declare panics on a declaration that cannot be: tables are package variables.
func declare[R any](name string, why Reason, key []string) Table[R] {
	t := &table{name: name, reason: why}
	columns, err := columnsOf(reflect.TypeFor[R]())
	if err != nil {
		panic(fmt.Sprintf("table %s: %v", name, err))
	}
	t.columns = columns
	var names, places, updates, where []string
	for i, c := range columns {
		names = append(names, c.name)
		places = append(places, fmt.Sprintf("$%d", i+1))
	}
	for _, k := range key {
		i := t.find(k)
		if i < 0 || columns[i].null {
			panic(fmt.Sprintf("table %s: %s is no column for a key", name, k))
		}
		t.keys = append(t.keys, i)
		where = append(where, fmt.Sprintf("%s = $%d", k, len(t.keys)))
	}
	if len(t.keys) == 0 {
		panic(fmt.Sprintf("table %s: a key is needed", name))
	}
	for i, c := range columns {
		if !t.isKey(i) {
			updates = append(updates, c.name+" = excluded."+c.name)
		}
	}
	conflict := "NOTHING"
	if len(updates) > 0 {
		conflict = "UPDATE SET " + strings.Join(updates, ", ")
	}
	matches := " WHERE " + strings.Join(where, " AND ")
	t.selecting = fmt.Sprintf("SELECT %s FROM %s ", strings.Join(names, ", "), name)
	t.inserting = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", name, strings.Join(names, ", "), strings.Join(places, ", "))
	t.putting = fmt.Sprintf("%s ON CONFLICT (%s) DO %s", t.inserting, strings.Join(key, ", "), conflict)
	t.deleting = "DELETE FROM " + name + matches
	t.getting = t.selecting + matches
	return Table[R]{t}
}

func (t *table) find(name string) int {
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
	}
	return -1
}

func (t *table) isKey(i int) bool {
	for _, k := range t.keys {
		if k == i {
			return true
		}
	}
	return false
}

func columnsOf(row reflect.Type) ([]column, error) {
	if row.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%v is no struct", row)
	}
	var all []column
	for i := range row.NumField() {
		f := row.Field(i)
		c := column{name: f.Tag.Get("db"), index: i}
		if c.name == "" {
			return nil, fmt.Errorf("field %s has no tag db", f.Name)
		}
		of := f.Type
		if of.Kind() == reflect.Pointer {
			c.null, of = true, of.Elem()
		}
		k, ok := kindOf(of)
		if !ok {
			return nil, fmt.Errorf("field %s: no column holds a %v", f.Name, f.Type)
		}
		c.kind = k
		all = append(all, c)
	}
	return all, nil
}

var (
	timeType = reflect.TypeFor[time.Time]()
	jsonType = reflect.TypeFor[json.RawMessage]()
)

func kindOf(t reflect.Type) (kind, bool) {
	switch {
	case t == timeType:
		return instant, true
	case t == jsonType || t.Kind() == reflect.String:
		return text, true
	case t.Kind() == reflect.Int64:
		return integer, true
	case t.Kind() == reflect.Bool:
		return boolean, true
	case t.Kind() == reflect.Float64:
		return number, true
	}
	return 0, false
}

// encode turns a Go value into what both databases are handed: string, int64,
// float64 or nil. Errors: a type that no column holds, a text that is not UTF-8
// or has a NUL (PostgreSQL refuses it; the problem text-bytes), a number that is not finite.
func encode(v any) (any, kind, error) {
	r := reflect.ValueOf(v)
	if r.IsValid() && r.Kind() == reflect.Pointer {
		k, ok := kindOf(r.Type().Elem())
		if ok && r.IsNil() {
			return nil, k, nil
		}
		r = r.Elem()
	}
	if !r.IsValid() {
		return nil, 0, fmt.Errorf("no column holds a %T", v)
	}
	if r.Kind() == reflect.Int {
		r = reflect.ValueOf(r.Int()) // of an argument such as LIMIT $1
	}
	k, ok := kindOf(r.Type())
	if !ok {
		return nil, 0, fmt.Errorf("no column holds a %v", r.Type())
	}
	switch k {
	case instant:
		return event.FormatInstant(r.Interface().(time.Time)), k, nil
	case integer:
		return r.Int(), k, nil
	case boolean:
		if r.Bool() {
			return int64(1), k, nil
		}
		return int64(0), k, nil
	case number:
		if f := r.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, k, fmt.Errorf("the number %v is not finite", f)
		}
		return r.Float(), k, nil
	}
	s := r.String()
	if r.Type() == jsonType {
		s = string(r.Bytes())
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, k, problem.New("text-bytes") // nothing of it: it may end in a log
	}
	return s, k, nil
}

func encodeAll(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, _, err := encode(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

// key encodes the values of a key, which must be of the columns' types.
func (t *table) key(values []any) ([]any, error) {
	if len(values) != len(t.keys) {
		return nil, fmt.Errorf("table %s: %d values for a key of %d", t.name, len(values), len(t.keys))
	}
	out := make([]any, len(values))
	for i, v := range values {
		c := t.columns[t.keys[i]]
		x, k, err := encode(v)
		if err == nil && (k != c.kind || x == nil) {
			err = fmt.Errorf("found a %T, expected %s", v, sqlTypes[c.kind])
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: column %s: %w", t.name, c.name, err)
		}
		out[i] = x
	}
	return out, nil
}

// row encodes a struct in the order of the columns.
func (t *table) row(row any) ([]any, error) {
	r := reflect.ValueOf(row)
	out := make([]any, len(t.columns))
	for i, c := range t.columns {
		v, _, err := encode(r.Field(c.index).Interface())
		if err != nil {
			return nil, fmt.Errorf("table %s: column %s: %w", t.name, c.name, err)
		}
		out[i] = v
	}
	return out, nil
}

// Get gives the row with a key; false where there is none. Errors: a key of
// other types than the columns, or the database's.
func (t Table[R]) Get(from From, key ...any) (R, bool, error) {
	var none R
	values, err := t.key(key)
	if err != nil {
		return none, false, err
	}
	r := from.reader()
	if err := r.mayRead(t.declared()); err != nil {
		return none, false, err
	}
	rows, err := query[R](r, t.columns, t.getting, values)
	if err != nil || len(rows) == 0 {
		return none, false, err
	}
	return rows[0], true, nil
}

// Select gives the rows that what follows the table's name in a SELECT picks,
// such as "WHERE owner = $1 ORDER BY id LIMIT 50".
func (t Table[R]) Select(from From, tail string, args ...any) ([]R, error) {
	values, err := encodeAll(args)
	if err != nil {
		return nil, err
	}
	r := from.reader()
	if err := r.mayRead(t.declared()); err != nil {
		return nil, err
	}
	return query[R](r, t.columns, t.selecting+tail, values)
}

// Put writes a row: a new one, or over the one with the same key.
func (t Table[R]) Put(tx *Tx, row R) error {
	values, err := t.row(row)
	if err != nil {
		return err
	}
	return tx.exec(t.declared(), t.putting, values)
}

// Delete removes the row with a key, if there is one.
func (t Table[R]) Delete(tx *Tx, key ...any) error {
	values, err := t.key(key)
	if err != nil {
		return err
	}
	return tx.exec(t.declared(), t.deleting, values)
}

// Insert writes a new row; what follows says what is to be done where its key is
// there already, such as "ON CONFLICT (id) DO NOTHING". It tells how many rows
// were written.
func (t Table[R]) Insert(tx *Tx, row R, tail string) (int64, error) {
	values, err := t.row(row)
	if err != nil {
		return 0, err
	}
	return tx.count(t.declared(), t.inserting+" "+tail, values)
}

// Update changes the rows that what follows the table's name in an UPDATE says,
// in one step, and tells how many.
func (t Table[R]) Update(tx *Tx, tail string, args ...any) (int64, error) {
	return t.run(tx, "UPDATE "+t.name+" "+tail, args)
}

// DeleteWhere removes the rows that what follows the table's name in a DELETE
// picks, and tells how many.
func (t Table[R]) DeleteWhere(tx *Tx, tail string, args ...any) (int64, error) {
	return t.run(tx, "DELETE FROM "+t.name+" "+tail, args)
}

func (t Table[R]) run(tx *Tx, statement string, args []any) (int64, error) {
	values, err := encodeAll(args)
	if err != nil {
		return 0, err
	}
	return tx.count(t.declared(), statement, values)
}

// Query gives the rows of any SELECT in the subset that both databases run. Its
// columns come in the order of R's fields, which are tagged as a table's.
func Query[R any](from From, statement string, args ...any) ([]R, error) {
	columns, err := columnsOf(reflect.TypeFor[R]())
	if err != nil {
		return nil, err
	}
	values, err := encodeAll(args)
	if err != nil {
		return nil, err
	}
	r := from.reader()
	if err := r.mayRead(nil); err != nil {
		return nil, err
	}
	return query[R](r, columns, statement, values)
}

func query[R any](r *Reader, columns []column, statement string, args []any) ([]R, error) {
	rows, err := r.rows(statement, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cells := make([]cell, len(columns))
	into := make([]any, len(columns))
	for i, c := range columns {
		into[i] = cells[i].of(c.kind)
	}
	var all []R
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("%w: %w", errUnfit, err)
		}
		var row R
		v := reflect.ValueOf(&row).Elem()
		for i, c := range columns {
			if err := cells[i].put(v.Field(c.index), c); err != nil {
				return nil, fmt.Errorf("%w: column %s: %w", errUnfit, c.name, err)
			}
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// errUnfit is a value in the database that the column's Go type does not take;
// only somebody else can have written it.
var errUnfit = errors.New("what the database holds does not fit its column")

// cell is one value on its way from the database.
type cell struct {
	s sql.NullString
	i sql.NullInt64
	f sql.NullFloat64
}

func (c *cell) of(k kind) any {
	switch k {
	case integer, boolean:
		return &c.i
	case number:
		return &c.f
	}
	return &c.s
}

// put sets a field; a NULL needs a pointer.
func (c *cell) put(field reflect.Value, of column) error {
	if !c.s.Valid && !c.i.Valid && !c.f.Valid {
		if !of.null {
			return errors.New("found NULL, which the field does not take")
		}
		return nil
	}
	if of.null {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch of.kind {
	case integer:
		field.SetInt(c.i.Int64)
	case boolean:
		if c.i.Int64 != 0 && c.i.Int64 != 1 {
			return fmt.Errorf("found %d, expected 0 or 1", c.i.Int64)
		}
		field.SetBool(c.i.Int64 == 1)
	case number:
		field.SetFloat(c.f.Float64)
	case instant:
		at, err := event.ParseInstant(c.s.String)
		if err != nil {
			return err
		}
		field.Set(reflect.ValueOf(at))
	default:
		if field.Type() == jsonType {
			field.SetBytes([]byte(c.s.String))
			return nil
		}
		field.SetString(c.s.String)
	}
	return nil
}

// checkTables holds the declared tables against the database.
func (s *Store) checkTables(ctx context.Context) error {
	found, err := s.db.columns(ctx)
	if err != nil {
		return err
	}
	for _, t := range s.allTables() {
		for _, c := range t.columns {
			got, ok := found[t.name][c.name]
			if !ok {
				return fmt.Errorf("table %s: the database has no column %s", t.name, c.name)
			}
			if got != sqlTypes[c.kind] {
				return fmt.Errorf("table %s: column %s is %s in the database and %s in Go", t.name, c.name, got, sqlTypes[c.kind])
			}
		}
		if len(found[t.name]) != len(t.columns) {
			return fmt.Errorf("table %s: %d columns in the database, %d in Go", t.name, len(found[t.name]), len(t.columns))
		}
	}
	return nil
}

// allTables are the tables of the log, the projected ones and those outside.
func (s *Store) allTables() []*table {
	all := []*table{eventsTable.declared(), headTable.declared()}
	all = append(all, s.projected()...)
	for _, t := range s.outside {
		all = append(all, t.declared())
	}
	return all
}

// projected are the tables of the rooms, in their order.
func (s *Store) projected() []*table {
	var all []*table
	for _, r := range s.rooms {
		for _, t := range r.Tables() {
			all = append(all, t.declared())
		}
	}
	return all
}
