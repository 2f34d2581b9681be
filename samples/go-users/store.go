package main

import (
	"cmp"
	"slices"
	"sync"
)

// User is a person known to the service.
type User struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

var firstUsers = []User{
	{Name: "Alice Example", Email: "alice@example.com"},
	{Name: "Bob Example", Email: "bob@example.com"},
}

// store keeps users in memory; it is safe for concurrent use.
type store struct {
	mu     sync.RWMutex
	users  map[int]User
	lastID int
}

func newStore(users ...User) *store {
	s := &store{users: make(map[int]User)}
	for _, user := range users {
		s.add(user.Name, user.Email)
	}
	return s
}

// all returns every user, ordered by id.
func (s *store) all() []User {
	s.mu.RLock()
	defer s.mu.RUnlock()

	users := make([]User, 0, len(s.users))
	for _, user := range s.users {
		users = append(users, user)
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return users
}

// get reports whether there is a user with this id.
func (s *store) get(id int) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()

	user, ok := s.users[id]
	return user, ok
}

// add gives a new user the next id.
func (s *store) add(name, email string) User {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.lastID++
	user := User{ID: s.lastID, Name: name, Email: email}
	s.users[user.ID] = user
	return user
}
