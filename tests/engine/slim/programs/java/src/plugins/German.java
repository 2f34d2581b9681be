package plugins;

public class German implements app.Greeter {
    public String language() {
        return "german";
    }

    public String greet(String name) {
        return "Hallo " + name;
    }
}
