package bps

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/dampak/dampak/internal/problem"
)

// kept is an answer in the folder of answers.
type kept struct {
	Request    string          `json:"request"` // path and parameters, without the key
	Fetched    time.Time       `json:"fetched"`
	LastUpdate string          `json:"last_update"` // BPS' own; empty: the answer has none
	SHA256     string          `json:"sha256"`      // of the body
	Body       json.RawMessage `json:"body"`
}

func (c *Client) path(request string) string {
	return filepath.Join(c.config.Dir, sum([]byte(request))+".json")
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// load gives the answer that is kept for a request. One that is damaged counts as
// none: it can be asked for again.
func (c *Client) load(request string) (kept, bool) {
	if c.config.Dir == "" {
		return kept{}, false
	}
	b, err := os.ReadFile(c.path(request))
	if err != nil {
		return kept{}, false
	}
	var k kept
	if json.Unmarshal(b, &k) != nil || k.Request != request || sum(k.Body) != k.SHA256 {
		return kept{}, false
	}
	return k, true
}

// save keeps an answer; the file is whole or not there.
func (c *Client) save(k kept) (err error) {
	if c.config.Dir == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = problem.New("bps-folder", "place", c.config.Dir).Because(err)
		}
	}()
	k.SHA256 = sum(k.Body)
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.config.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(c.config.Dir, "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone when it was renamed
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.path(k.Request))
}
