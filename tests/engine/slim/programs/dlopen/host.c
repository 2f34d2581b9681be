/* Loads each plug-in that it is told of, in a folder that it lists, and prints what it says. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/usr/local/lib/host/plugins"

int main(int argc, char **argv) {
    int found = 0;
    DIR *folder = opendir(FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        found += strstr(entry->d_name, ".so") != NULL;
    printf("%d plug-ins\n", found);
    for (int i = 1; i < argc; i++) {
        char path[256];
        snprintf(path, sizeof path, FOLDER "/%s.so", argv[i]);
        void *plugin = dlopen(path, RTLD_NOW);
        void (*run)(void) = plugin ? (void (*)(void))dlsym(plugin, "run") : NULL;
        if (!run) {
            printf("%s\n", dlerror());
            return 3;
        }
        run();
    }
    return 0;
}
