package bps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// Config says how BPS is asked.
type Config struct {
	Key       Key               // zero: what is kept is all there is
	Base      string            // of the API; empty: https://webapi.bps.go.id/v1
	Dir       string            // folder in which answers are kept; empty: none is
	Fresh     time.Duration     // for so long a kept answer stands without asking; 0: a day
	Offline   bool              // BPS is not asked
	Pace      time.Duration     // from one request to the next, at least; 0: a second
	Now       func() time.Time  // needed
	Wait      Waiter            // nil: the clock of the system
	Transport http.RoundTripper // nil: that of net/http
	Log       *slog.Logger      // one line a request, without the key; nil: none
}

// Waiter lets time pass, or gives the error of ctx.
type Waiter func(ctx context.Context, d time.Duration) error

// Client asks the WebAPI. It may be used by many goroutines, which it keeps to one
// pace.
type Client struct {
	config Config
	http   *http.Client
	mu     sync.Mutex
	next   time.Time // before which no request goes out
}

const (
	publicBase = "https://webapi.bps.go.id/v1"
	attempts   = 4
	// mostBytes of an answer: the largest tables, all regions in all years, have a
	// few.
	mostBytes = 64 << 20
	// mostPatience is the longest that BPS can make a request wait.
	mostPatience = time.Minute
)

// New makes a client. Errors: an address that is none.
func New(c Config) (*Client, error) {
	if c.Now == nil {
		return nil, errors.New("bps: a clock is needed")
	}
	if c.Base == "" {
		c.Base = publicBase
	}
	c.Base = strings.TrimSuffix(c.Base, "/")
	if u, err := url.Parse(c.Base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, problem.Usage("bps-address")
	}
	if c.Fresh == 0 {
		c.Fresh = 24 * time.Hour
	}
	if c.Pace == 0 {
		c.Pace = time.Second
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	return &Client{config: c, http: &http.Client{
		Transport: c.Transport, Timeout: time.Minute,
		// Another place would learn the key, from the address or from Referer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Origin says where an answer is from.
type Origin struct {
	Fetched  time.Time    // when BPS gave it
	Kept     bool         // it is, or says the same as, the one that was kept
	Cautions problem.List // that what is kept stands in for an answer of now, and why; nil: it does not
}

// answer gives the body of an answer to a request, asking BPS where it must.
func (c *Client) answer(ctx context.Context, path string, q url.Values) ([]byte, Origin, error) {
	request := path + "?" + q.Encode()
	held, have := c.load(request)
	origin := Origin{Fetched: held.Fetched, Kept: true}
	age := c.config.Now().Sub(held.Fetched)
	if have && !c.config.Offline && age >= 0 && age < c.config.Fresh {
		return held.Body, origin, nil
	}
	body, err := c.ask(ctx, path, q)
	if err != nil {
		if !have || !stands(err) {
			return nil, Origin{}, err
		}
		origin.Cautions = append(problem.List{problem.New("bps-kept", "day", string(registry.DayOf(held.Fetched)), "update", held.LastUpdate)}, problem.Of(err)...)
		return held.Body, origin, nil
	}
	fresh := kept{Request: request, Fetched: c.config.Now().UTC(), Body: body}
	update, usable := stamp(body)
	fresh.LastUpdate = update
	if have && usable && fresh.LastUpdate != "" && fresh.LastUpdate < held.LastUpdate {
		origin.Cautions = problem.List{problem.New("bps-older", "found", fresh.LastUpdate, "held", held.LastUpdate)}
		return held.Body, origin, nil
	}
	if usable {
		if err := c.save(fresh); err != nil {
			return nil, Origin{}, err
		}
	}
	return body, Origin{Fetched: fresh.Fetched, Kept: have && usable && bytes.Equal(body, held.Body)}, nil
}

// stands tells whether what is kept stands in where a request has failed so.
func stands(err error) bool {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return false
	}
	switch p.Code {
	case "bps-unreachable", "bps-busy", "bps-offline", "bps-no-key", "bps-answer":
		return true
	}
	return false
}

// ask asks BPS, patiently.
func (c *Client) ask(ctx context.Context, path string, q url.Values) ([]byte, error) {
	switch {
	case c.config.Offline:
		return nil, problem.New("bps-offline")
	case c.config.Key.none():
		return nil, problem.New("bps-no-key")
	}
	for n := 1; ; n++ {
		if err := c.turn(ctx); err != nil {
			return nil, err
		}
		body, again, err := c.once(ctx, path, q, n)
		if err == nil || again < 0 || n == attempts {
			return body, err
		}
		if err := c.config.Wait(ctx, max(again, time.Second<<(n-1))); err != nil {
			return nil, err
		}
	}
}

// turn waits until the next request may go out.
func (c *Client) turn(ctx context.Context) error {
	c.mu.Lock()
	now := c.config.Now()
	from := c.next
	if from.Before(now) {
		from = now
	}
	c.next = from.Add(c.config.Pace)
	c.mu.Unlock()
	if from.After(now) {
		return c.config.Wait(ctx, from.Sub(now))
	}
	return ctx.Err()
}

// once makes one request. Again is how long BPS wants us to wait before the next;
// negative: it would answer the same.
func (c *Client) once(ctx context.Context, path string, q url.Values, n int) (_ []byte, again time.Duration, _ error) {
	const never = -1
	with := url.Values{"key": {c.config.Key.reveal()}}
	for k, v := range q {
		with[k] = v
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Base+path+"?"+with.Encode(), nil)
	if err != nil {
		return nil, never, errors.New(c.config.Key.hide(err.Error()))
	}
	r.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, 0, c.unreachable(ctx, err, n)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBytes+1))
	if err != nil {
		return nil, 0, c.unreachable(ctx, err, n)
	}
	if len(body) > mostBytes {
		return nil, never, problem.New("bps-large", "most", mostBytes>>20)
	}
	body = []byte(c.config.Key.hide(string(body))) // of an answer that repeats the request
	if c.config.Log != nil {
		c.config.Log.InfoContext(ctx, "bps", "request", path+"?"+q.Encode(), "key", hidden, "status", answer.StatusCode, "bytes", len(body), "attempt", n)
	}
	status := answer.StatusCode
	if status == http.StatusTooManyRequests || status >= 500 {
		return nil, c.patience(answer.Header.Get("Retry-After")), problem.New("bps-busy", "status", status, "times", n)
	}
	var said struct {
		Error   loose `json:"error"`
		Message loose `json:"message"`
	}
	wrong := json.Unmarshal(body, &said)
	switch {
	case said.Error == "UserNotFound":
		return nil, never, problem.New("bps-key")
	case status != http.StatusOK:
		return nil, never, problem.New("bps-status", "status", status, "message", cut(plain(string(said.Error)+" "+string(said.Message))))
	case wrong != nil:
		return nil, 0, problem.New("bps-answer", "begins", cut(string(bytes.ToValidUTF8(body[:min(len(body), 200)], nil)))).Because(wrong)
	}
	body, err = json.Marshal(json.RawMessage(body)) // without blanks between values, as it is kept
	return body, never, err
}

// unreachable is the error of a request that got no answer. The error of net/http
// has the address with the key.
func (c *Client) unreachable(ctx context.Context, err error, n int) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	what := cut(c.config.Key.hide(err.Error()))
	return problem.New("bps-unreachable", "what", what, "times", n).Because(errors.New(what))
}

// patience reads Retry-After, in seconds or as a date.
func (c *Client) patience(header string) time.Duration {
	var d time.Duration
	if s, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		d = time.Duration(min(max(s, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = at.Sub(c.config.Now())
	}
	return min(max(d, 0), mostPatience)
}

// cut gives a text of others on one line, short enough for a message.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return s
}

// loose is a text, or whatever else stands in its place.
type loose string

// UnmarshalJSON takes any value.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	switch err := json.Unmarshal(b, &s); {
	case err == nil:
		*l = loose(s)
	case string(b) != "null":
		*l = loose(b)
	}
	return nil
}

// Query asks for the cells of a variable.
type Query struct {
	Domain   string // 4 digits: 0000 the country, 3500 a province, 3578 a kabupaten or kota
	Variable string // id
	Years    string // Years makes it; empty: all
}

// Years are the ids of the years from one to another, as one request takes them.
func Years(first, last int) string {
	if first == last {
		return fmt.Sprint(first - epoch)
	}
	return fmt.Sprintf("%d:%d", first-epoch, last-epoch)
}

// Data gives the cells of a variable in one request. Errors: problems of the
// address or the key, of an answer that is none or says that there is nothing, or
// of ctx.
func (c *Client) Data(ctx context.Context, q Query) (Answer, error) {
	v := url.Values{"model": {"data"}, "lang": {"ind"}, "domain": {q.Domain}, "var": {q.Variable}}
	if q.Years != "" {
		v.Set("th", q.Years)
	}
	body, origin, err := c.answer(ctx, "/api/list", v)
	if err != nil {
		return Answer{}, err
	}
	a, err := ReadAnswer(bytes.NewReader(body))
	a.Query, a.Origin = q, origin
	return a, err
}

// Row is a row of a list: texts by key; what is neither text nor number is as in
// JSON.
type Row map[string]string

// mostPages bounds a list whose answers never end.
const mostPages = 1000

// List gives all rows of a list: model var (with subject, keyword), th or turth
// (with var), subject, unit and so on, of a domain. A list that BPS says it does
// not have is empty. The origin is that of its first page.
func (c *Client) List(ctx context.Context, model, domain string, with map[string]string) (all []Row, origin Origin, _ error) {
	v := url.Values{"model": {model}, "lang": {"ind"}, "domain": {domain}}
	for k, s := range with {
		v.Set(k, s)
	}
	for page := 1; page <= mostPages; page++ {
		if page > 1 {
			v.Set("page", strconv.Itoa(page))
		}
		body, from, err := c.answer(ctx, "/api/list", v)
		if err != nil {
			return nil, Origin{}, err
		}
		if page == 1 {
			origin = from
		}
		rows, pages, err := readList(body)
		if err != nil {
			return nil, origin, err
		}
		if all = append(all, rows...); page >= pages {
			return all, origin, nil
		}
	}
	return nil, origin, problem.New("bps-pages", "most", mostPages)
}
