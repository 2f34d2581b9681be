package plugins;

public class English implements app.Greeter {
    public String language() {
        return "english";
    }

    public String greet(String name) {
        return "Hello " + name;
    }
}
